// SPDX-License-Identifier: GPL-3.0-or-later
/* Any bytes as sim.yaml: an error with a message, or defaults of the installation. */
#include "engine/diag.h"
#include "scenario/scenario.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("sim.yaml", 0);
	struct install_conf conf;
	char path[64];
	struct diag d;
	int err;

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	diag_init(&d);
	err = install_conf_load(&conf, path, &d);
	if (!err != !d.nr_errors || (err && (!d.len || d.worst != DIAG_INPUT)))
		abort();
	if (!err && (!*conf.out || !conf.plot_terminal || conf.jobs < 0))
		abort();
	install_conf_free(&conf);
	diag_free(&d);
	close(fd);
	return 0;
}
