// SPDX-License-Identifier: GPL-3.0-or-later
#include "reports/plot_run.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

int memory_file(FILE **f)
{
	int fd = memfd_create("plot", MFD_CLOEXEC);

	if (fd < 0)
		return -errno;
	*f = fdopen(fd, "w+");
	if (*f)
		return 0;
	close(fd);
	return -ENOMEM;
}

char *memory_file_text(FILE *f, size_t *len, struct arena *a)
{
	off_t size;
	char *text;

	if (fflush(f) || fseeko(f, 0, SEEK_END))
		return NULL;
	size = ftello(f);
	text = size < 0 ? NULL : arena_alloc(a, (size_t)size + 1);
	if (!text)
		return NULL;
	rewind(f);
	*len = fread(text, 1, (size_t)size, f);
	return text;
}

/* gnuplot must not see the user's locale, and the user's signals are for us. */
static int spawn(const char *program, int in, int out, int err, pid_t *pid)
{
	char path[4096] = "PATH=/usr/local/bin:/usr/bin:/bin", locale[] = "LC_ALL=C",
	     options[] = "-d";
	char name[] = "gnuplot";
	char *argv[] = {name, options, NULL}, *env[] = {path, locale, NULL};
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	sigset_t set;
	int ret;

	if (getenv("PATH"))
		snprintf(path, sizeof(path), "PATH=%s", getenv("PATH"));
	if (posix_spawn_file_actions_init(&files))
		return -ENOMEM;
	if (posix_spawnattr_init(&attr)) {
		posix_spawn_file_actions_destroy(&files);
		return -ENOMEM;
	}
	ret = posix_spawn_file_actions_adddup2(&files, in, 0);
	if (!ret)
		ret = posix_spawn_file_actions_adddup2(&files, out, 1);
	if (!ret)
		ret = posix_spawn_file_actions_adddup2(&files, err, 2);
	sigemptyset(&set);
	posix_spawnattr_setsigmask(&attr, &set);
	sigaddset(&set, SIGPIPE);
	posix_spawnattr_setsigdefault(&attr, &set);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	if (!ret)
		ret = posix_spawnp(pid, program, &files, &attr, argv, env);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&files);
	return -ret;
}

/* 0 if the child ended well. 127 is how "no such program" looks where it cannot be told earlier. */
static int wait_for(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
		return -ENOENT;
	return WIFEXITED(status) && !WEXITSTATUS(status) ? 0 : -EIO;
}

/* gnuplot points at the place with lines of blanks and ^: the message is the line after. */
static const char *first_message(char *text)
{
	char *save, *line = strtok_r(text, "\n", &save);

	while (line && (line[strspn(line, " \t^")] == 0 || !strncmp(line, "gnuplot>", 8)))
		line = strtok_r(NULL, "\n", &save);
	return line ? line + strspn(line, " \t") : "no message";
}

int plot_run(const char *program, FILE *script, char **out, size_t *len, const char **why,
	     struct arena *a)
{
	FILE *out_file = NULL, *err_file = NULL;
	char *message;
	size_t n;
	pid_t pid = -1;
	int ret;

	*why = "";
	if (fflush(script) || lseek(fileno(script), 0, SEEK_SET) < 0)
		return -errno;
	ret = memory_file(&out_file);
	if (!ret)
		ret = memory_file(&err_file);
	if (!ret)
		ret = spawn(program, fileno(script), fileno(out_file), fileno(err_file), &pid);
	if (ret)
		goto out;
	ret = wait_for(pid);
	*out = memory_file_text(out_file, len, a);
	message = memory_file_text(err_file, &n, a);
	if (!*out || !message)
		ret = -ENOMEM;
	else
		*why = first_message(message);
out:
	if (out_file)
		fclose(out_file);
	if (err_file)
		fclose(err_file);
	return ret;
}
