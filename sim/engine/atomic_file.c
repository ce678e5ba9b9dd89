// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/atomic_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int cannot_write(const char *path, int err, struct diag *d)
{
	diag_error(d, DIAG_SYSTEM, "cannot write %s: %s", path, strerror(err));
	return -EIO;
}

int atomic_open(struct atomic_file *a, const char *path, struct diag *d)
{
	*a = (struct atomic_file){.path = path};
	if (asprintf(&a->fresh, "%s.new", path) < 0) {
		a->fresh = NULL;
		return cannot_write(path, ENOMEM, d);
	}
	a->f = fopen(a->fresh, "we");
	if (!a->f) {
		int err = errno;

		free(a->fresh);
		return cannot_write(path, err, d);
	}
	return 0;
}

int atomic_close(struct atomic_file *a, int err, struct diag *d)
{
	err = -err;
	errno = 0;
	if (!err && (fflush(a->f) || ferror(a->f) || fsync(fileno(a->f))))
		err = errno ? errno : EIO;
	if (fclose(a->f) && !err)
		err = errno;
	if (!err && rename(a->fresh, a->path))
		err = errno;
	if (err)
		unlink(a->fresh);
	free(a->fresh);
	return err ? cannot_write(a->path, err, d) : 0;
}
