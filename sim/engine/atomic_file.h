/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A file that is there as a whole or as it was: written beside its place, moved there at the end. */
#ifndef SIM_ENGINE_ATOMIC_FILE_H
#define SIM_ENGINE_ATOMIC_FILE_H

#include "engine/diag.h"

#include <stdio.h>

struct atomic_file {
	FILE *f; /* writes need no checks */
	const char *path; /* the caller's */
	char *fresh;
};

/* 0, or -EIO with a message. */
int atomic_open(struct atomic_file *a, const char *path, struct diag *d);
/* err: negative if what should be in it could not be made; then, as after any error, nothing changes. */
int atomic_close(struct atomic_file *a, int err, struct diag *d);

#endif
