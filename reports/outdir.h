/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A folder of results that is either the old one or the new one, never half of each.
 *
 * Files are written into DIR.new, which takes DIR's place when all are whole: by one exchange of
 * names where the file system can do that, else by moving the old folder into the new one first. At
 * whatever point a run is killed, one whole folder remains: as DIR, or (without the exchange, between
 * two system calls) inside DIR.new, from where the next run puts it back.
 *
 * Nothing that is not ours is ever removed: DIR must be empty or hold a manifest.json of this program,
 * DIR.new must carry the mark of an unfinished run. Two runs into one DIR at the same time: the second
 * gets an error.
 */
#ifndef REPORTS_OUTDIR_H
#define REPORTS_OUTDIR_H

#include <stdio.h>

#include "engine/diag.h"

/* A file that is being written. */
struct outfile {
	FILE *f;
	int fd;
	int err; /* errno of its first failed write */
	char *name; /* below dir */
};

struct outdir {
	char *dir; /* as given, without trailing slashes; in messages */
	char *real; /* what dir stands for if it is a symbolic link, else the same */
	char *fresh; /* real + ".new" */
	int lock_fd; /* DIR.new, locked as long as we write; -1 */
	struct outfile file; /* of outdir_open() */
	bool no_exchange; /* for the tests: do as on a file system without it */
};

/*
 * May dir be written or replaced? For a check before hours of simulation. 0, -EINVAL (DIAG_INPUT: not
 * a result folder) or -EIO (DIAG_SYSTEM).
 */
int outdir_check(const char *dir, struct diag *d);

/* Makes DIR.new and the folders above it. On error nothing is left to abort. */
int outdir_begin(struct outdir *o, const char *dir, struct diag *d);
/*
 * Opens DIR.new/name for writing, one file at a time; folders in name are made. NULL on error.
 * Writes need no checks: outdir_close() reports what went wrong.
 */
FILE *outdir_open(struct outdir *o, const char *name, struct diag *d);
int outdir_close(struct outdir *o, struct diag *d);
/*
 * The same for files that are open side by side; each is the caller's, closed before the folder is committed or
 * aborted. Two threads write to two of them, but only one opens or closes at a time.
 */
FILE *outfile_open(struct outfile *file, struct outdir *o, const char *name, struct diag *d);
int outfile_close(struct outfile *file, struct outdir *o, struct diag *d);
/* open, write, close */
int outdir_write(struct outdir *o, const char *name, const void *data, size_t len, struct diag *d);

/* One of these ends it. After an error of commit the old folder is in place and DIR.new is gone. */
int outdir_commit(struct outdir *o, struct diag *d);
void outdir_abort(struct outdir *o);

#endif
