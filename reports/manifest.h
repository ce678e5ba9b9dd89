/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * manifest.json: what was simulated, from what, and the fingerprint of every run; equal for equal
 * input. run-info.json: when, where and how long, the only file that differs between two such runs.
 */
#ifndef REPORTS_MANIFEST_H
#define REPORTS_MANIFEST_H

#include <stdio.h>

#include "engine/result.h"

#define FINGERPRINT_LEN 33

/* 32 hexadecimal digits, high half first. Returns buf. */
const char *fingerprint_text(char buf[FINGERPRINT_LEN], const struct run_result *run);

/* 0 or -ENOMEM; write errors stay in f. */
int manifest_write(FILE *f, const struct result *r);
/* info may be NULL. */
int run_info_write(FILE *f, const struct result *r, const struct run_info *info);

#endif
