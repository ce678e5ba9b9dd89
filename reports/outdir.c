// SPDX-License-Identifier: GPL-3.0-or-later
#include "reports/outdir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* In DIR.new from its first to its last moment, so that leftovers are told from a user's folder. */
#define MARK ".unfinished"
/* Where the old folder waits during a swap without exchange. */
#define OLD ".old"

static int __attribute__((format(printf, 2, 3))) make_path(char **out, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(out, fmt, ap);
	va_end(ap);
	if (n < 0)
		*out = NULL;
	return n < 0 ? -ENOMEM : 0;
}

static int out_of_memory(struct diag *d)
{
	return diag_error(d, DIAG_SYSTEM, "out of memory while writing results");
}

static bool exists_at(int dir_fd, const char *name)
{
	struct stat st;

	return !fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW);
}

static bool is_dot(const char *name)
{
	return !strcmp(name, ".") || !strcmp(name, "..");
}

static int remove_tree(int dir_fd, const char *name, const char *last);

static int remove_entry(int dir_fd, const char *name)
{
	if (!unlinkat(dir_fd, name, 0))
		return 0;
	if (errno != EISDIR && errno != EPERM)
		return -errno;
	return remove_tree(dir_fd, name, NULL);
}

/* Removes a folder; the entry called last (may be NULL) goes when all others are gone. */
static int remove_tree(int dir_fd, const char *name, const char *last)
{
	int fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct dirent *e;
	int ret = 0;
	DIR *dir;

	if (fd < 0)
		return -errno;
	dir = fdopendir(fd);
	if (!dir) {
		close(fd);
		return -ENOMEM;
	}
	while (!ret && (e = readdir(dir)))
		if (!is_dot(e->d_name) && (!last || strcmp(e->d_name, last)))
			ret = remove_entry(fd, e->d_name);
	if (!ret && last && unlinkat(fd, last, 0) && errno != ENOENT)
		ret = -errno;
	closedir(dir);
	if (!ret && unlinkat(dir_fd, name, AT_REMOVEDIR))
		ret = -errno;
	return ret;
}

static bool is_empty(const char *path)
{
	DIR *dir = opendir(path);
	bool empty = true;
	struct dirent *e;

	if (!dir)
		return false;
	while (empty && (e = readdir(dir)))
		empty = is_dot(e->d_name);
	closedir(dir);
	return empty;
}

/* A manifest.json of ours, not one of the many other programs that use the name. */
static bool has_manifest(const char *path)
{
	char head[4096];
	ssize_t n = -1;
	char *name;
	int fd;

	if (make_path(&name, "%s/manifest.json", path))
		return false;
	fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	free(name);
	if (fd >= 0) {
		n = read(fd, head, sizeof(head) - 1);
		close(fd);
	}
	if (n < 0)
		return false;
	head[n] = 0;
	return strstr(head, "\"program\"") && strstr(head, "\"memcgsim\"");
}

static bool has_entry(const char *path, const char *entry)
{
	char *name;
	bool yes;

	if (make_path(&name, "%s/%s", path, entry))
		return false;
	yes = exists_at(AT_FDCWD, name);
	free(name);
	return yes;
}

/* Fills in the three paths. */
static int resolve(struct outdir *o, const char *dir, struct diag *d)
{
	size_t n = strlen(dir);
	const char *base;
	struct stat st;

	memset(o, 0, sizeof(*o));
	o->lock_fd = -1;
	while (n > 1 && dir[n - 1] == '/')
		n--;
	o->dir = strndup(dir, n);
	if (!o->dir)
		return out_of_memory(d);
	base = strrchr(o->dir, '/');
	base = base ? base + 1 : o->dir;
	if (!*base || is_dot(base))
		return diag_error(
			d, DIAG_INPUT,
			"'%s' cannot hold results: name a folder of its own, as in --out %s%sout",
			dir, o->dir, *base ? "/" : "");
	if (!lstat(o->dir, &st) && S_ISLNK(st.st_mode)) {
		o->real = realpath(o->dir, NULL);
		if (!o->real)
			return diag_error(d, DIAG_INPUT, "%s: %s", o->dir, strerror(errno));
	} else {
		o->real = strdup(o->dir);
	}
	if (!o->real || make_path(&o->fresh, "%s.new", o->real))
		return out_of_memory(d);
	return 0;
}

static void release(struct outdir *o)
{
	if (o->lock_fd >= 0)
		close(o->lock_fd);
	free(o->dir);
	free(o->real);
	free(o->fresh);
	free(o->file.name);
	memset(o, 0, sizeof(*o));
	o->lock_fd = -1;
}

static int check_target(struct outdir *o, struct diag *d)
{
	struct stat st;

	if (stat(o->real, &st)) {
		if (errno == ENOENT)
			return 0;
		return diag_error(d, errno == ENOTDIR ? DIAG_INPUT : DIAG_SYSTEM,
				  "cannot write %s: %s", o->dir, strerror(errno));
	}
	if (!S_ISDIR(st.st_mode))
		return diag_error(d, DIAG_INPUT,
				  "%s is not a folder; choose another place with --out", o->dir);
	if (!has_manifest(o->real) && !is_empty(o->real))
		return diag_error(d, DIAG_INPUT,
				  "%s is not a result folder (it has files but no manifest.json of "
				  "memcgsim) and is left alone; choose another one with --out",
				  o->dir);
	return 0;
}

/* Something called DIR.new that no unfinished run of ours can have left. */
static int check_fresh(struct outdir *o, struct diag *d)
{
	if (!exists_at(AT_FDCWD, o->fresh) || is_empty(o->fresh) || has_entry(o->fresh, MARK))
		return 0;
	return diag_error(
		d, DIAG_INPUT,
		"%s.new is in the way: results are built there, and it holds something else; "
		"rename it or choose another folder with --out",
		o->dir);
}

int outdir_check(const char *dir, struct diag *d)
{
	struct outdir o;
	int ret = resolve(&o, dir, d);

	if (!ret)
		ret = check_target(&o, d);
	if (!ret)
		ret = check_fresh(&o, d);
	release(&o);
	return ret;
}

/* mkdir -p of every folder above path; path itself is not made. 0 or -errno. */
static int make_parents(char *path)
{
	for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		int ret;

		*slash = 0;
		ret = mkdir(path, 0777);
		if (ret && errno == EEXIST)
			ret = 0;
		ret = ret ? -errno : 0;
		*slash = '/';
		if (ret)
			return ret;
	}
	return 0;
}

static int touch_mark(const char *dir)
{
	char *mark;
	int fd;

	if (make_path(&mark, "%s/" MARK, dir))
		return -ENOMEM;
	fd = open(mark, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
	free(mark);
	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

static int lock(struct outdir *o, struct diag *d)
{
	o->lock_fd = open(o->fresh, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (o->lock_fd < 0)
		return -errno;
	/* Some network file systems have no locks; they get no protection. */
	if (flock(o->lock_fd, LOCK_EX | LOCK_NB) && errno == EWOULDBLOCK) {
		diag_error(d, DIAG_SYSTEM, "%s.new: another run is writing there", o->dir);
		return -EBUSY;
	}
	return 0;
}

/* Clears what a killed run left, after putting back a folder that it had moved aside. */
static int clear_leftover(struct outdir *o, struct diag *d)
{
	char *old = NULL;
	int ret;

	if (!exists_at(AT_FDCWD, o->fresh))
		return 0;
	ret = lock(o, d);
	if (ret)
		return ret;
	if (!exists_at(AT_FDCWD, o->real) && has_entry(o->fresh, OLD)) {
		ret = make_path(&old, "%s/" OLD, o->fresh);
		if (!ret && rename(old, o->real))
			ret = -errno;
		free(old);
	}
	if (!ret)
		ret = remove_tree(AT_FDCWD, o->fresh, MARK);
	close(o->lock_fd);
	o->lock_fd = -1;
	return ret;
}

static int make_fresh(struct outdir *o, struct diag *d)
{
	int ret = make_parents(o->fresh);

	if (!ret)
		ret = clear_leftover(o, d);
	if (!ret && mkdir(o->fresh, 0777))
		ret = -errno;
	if (!ret)
		ret = lock(o, d);
	if (!ret)
		ret = touch_mark(o->fresh);
	return ret;
}

int outdir_begin(struct outdir *o, const char *dir, struct diag *d)
{
	int ret = resolve(o, dir, d);

	if (!ret)
		ret = check_target(o, d);
	if (!ret)
		ret = check_fresh(o, d);
	if (ret)
		goto out;
	ret = make_fresh(o, d);
	if (ret) {
		if (ret != -EBUSY)
			diag_error(d, DIAG_SYSTEM, "cannot write %s: %s", o->dir, strerror(-ret));
		ret = -EIO;
	}
out:
	if (ret)
		release(o);
	return ret;
}

/*
 * stdio forgets why a write in the middle failed; through this cookie the first reason is kept for
 * outdir_close().
 */
static ssize_t cookie_write(void *cookie, const char *buf, size_t len)
{
	struct outfile *file = cookie;
	size_t done = 0;

	while (done < len && !file->err) {
		ssize_t n = write(file->fd, buf + done, len - done);

		if (n >= 0)
			done += (size_t)n;
		else if (errno != EINTR)
			file->err = errno;
	}
	/* 0 is how a cookie says "error". */
	return file->err ? 0 : (ssize_t)len;
}

static int cookie_close(void *cookie)
{
	struct outfile *file = cookie;

	if (close(file->fd) && !file->err)
		file->err = errno;
	return 0;
}

static int cannot_write(struct outdir *o, const char *name, int err, struct diag *d)
{
	return diag_error(d, DIAG_SYSTEM, "cannot write %s/%s: %s", o->dir, name, strerror(err));
}

static int open_below(struct outdir *o, const char *name)
{
	char *path;
	int ret;

	if (make_path(&path, "%s/%s", o->fresh, name))
		return -ENOMEM;
	ret = make_parents(path);
	if (!ret) {
		ret = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
		if (ret < 0)
			ret = -errno;
	}
	free(path);
	return ret;
}

FILE *outfile_open(struct outfile *file, struct outdir *o, const char *name, struct diag *d)
{
	cookie_io_functions_t io = {.write = cookie_write, .close = cookie_close};

	*file = (struct outfile){.fd = -1, .name = strdup(name)};
	if (!file->name) {
		out_of_memory(d);
		return NULL;
	}
	file->fd = open_below(o, name);
	if (file->fd < 0)
		cannot_write(o, name, -file->fd, d);
	else
		file->f = fopencookie(file, "w", io);
	if (!file->f) {
		if (file->fd >= 0) {
			close(file->fd);
			out_of_memory(d);
		}
		free(file->name);
		file->name = NULL;
	}
	return file->f;
}

int outfile_close(struct outfile *file, struct outdir *o, struct diag *d)
{
	bool bad = ferror(file->f);
	int ret = 0;

	bad |= fclose(file->f) != 0;
	file->f = NULL;
	if (bad || file->err)
		ret = cannot_write(o, file->name, file->err ? file->err : EIO, d);
	free(file->name);
	file->name = NULL;
	return ret;
}

FILE *outdir_open(struct outdir *o, const char *name, struct diag *d)
{
	sim_assert(!o->file.f);
	return outfile_open(&o->file, o, name, d);
}

int outdir_close(struct outdir *o, struct diag *d)
{
	return outfile_close(&o->file, o, d);
}

int outdir_write(struct outdir *o, const char *name, const void *data, size_t len, struct diag *d)
{
	FILE *f = outdir_open(o, name, d);

	if (!f)
		return -EIO;
	fwrite(data, 1, len, f);
	return outdir_close(o, d);
}

/* A mark that stays is harmless: it says something only in a folder called DIR.new. */
static void unlink_mark(const char *dir)
{
	char *mark;

	if (make_path(&mark, "%s/" MARK, dir))
		return;
	unlink(mark);
	free(mark);
}

/* Old folder into the new one, new one to its name. -errno: the old one is back in place. */
static int swap_by_rename(struct outdir *o)
{
	char *inside, *after;
	int ret = 0;

	if (make_path(&inside, "%s/" OLD, o->fresh))
		return -ENOMEM;
	if (make_path(&after, "%s/" OLD, o->real)) {
		free(inside);
		return -ENOMEM;
	}
	if (rename(o->real, inside)) {
		ret = -errno;
	} else if (rename(o->fresh, o->real)) {
		ret = -errno;
		/* Should this fail too, the next run does it (clear_leftover). */
		if (rename(inside, o->real))
			ret = -errno;
	} else {
		remove_tree(AT_FDCWD, after, NULL);
	}
	free(inside);
	free(after);
	return ret;
}

static int swap(struct outdir *o)
{
	if (!exists_at(AT_FDCWD, o->real))
		return rename(o->fresh, o->real) ? -errno : 0;
	if (o->no_exchange)
		return swap_by_rename(o);
	/* After the exchange DIR.new is the old folder: it must carry the mark too. */
	if (!touch_mark(o->real) &&
	    !renameat2(AT_FDCWD, o->fresh, AT_FDCWD, o->real, RENAME_EXCHANGE)) {
		remove_tree(AT_FDCWD, o->fresh, MARK);
		return 0;
	}
	return swap_by_rename(o);
}

int outdir_commit(struct outdir *o, struct diag *d)
{
	int ret = swap(o);

	if (ret) {
		diag_error(d, DIAG_SYSTEM, "cannot replace %s: %s", o->dir, strerror(-ret));
		outdir_abort(o);
		return -EIO;
	}
	unlink_mark(o->real);
	release(o);
	return 0;
}

void outdir_abort(struct outdir *o)
{
	if (o->file.f)
		fclose(o->file.f);
	o->file.f = NULL;
	/* The old folder may sit in DIR.new if it could not be moved back: keep both then. */
	if (o->fresh && !has_entry(o->fresh, OLD))
		remove_tree(AT_FDCWD, o->fresh, MARK);
	release(o);
}
