/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What tasks of workloads do with one file, from open() to close(). What fails is counted in w->refused. */
#ifndef MODELS_WORKLOAD_FILE_OPS_H
#define MODELS_WORKLOAD_FILE_OPS_H

#include "workload/workload.h"

/* Reads its first pages. */
void file_read(struct workload *w, u32 vnode, u32 pages, const struct task *t);
/* Makes it, or opens it if it is there, and writes its first pages; 0: none. */
void file_create(struct workload *w, u32 vnode, u32 pages, const struct task *t);

#endif
