/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Writing JSON through json-c without a check at every step: a failed allocation is remembered and
 * reported once, by json_text_print(). Keys come out in the order they were put in; numbers look as in the
 * CSV files; what is not a number is null.
 */
#ifndef REPORTS_JSON_TEXT_H
#define REPORTS_JSON_TEXT_H

#include <json-c/json.h>
#include <stdio.h>

#include "engine/base.h"

struct json_text {
	struct json_object *root;
	bool failed;
};

void json_text_begin(struct json_text *j);
/* A new object or array under key of parent (key NULL: appended to the array parent). */
struct json_object *json_text_object(struct json_text *j, struct json_object *parent,
				     const char *key);
struct json_object *json_text_array(struct json_text *j, struct json_object *parent,
				    const char *key);
/* NULL text is left out; ill-formed UTF-8 is replaced. */
void json_text_string(struct json_text *j, struct json_object *o, const char *key, const char *s);
void json_text_u64(struct json_text *j, struct json_object *o, const char *key, u64 v);
void json_text_bool(struct json_text *j, struct json_object *o, const char *key, bool v);
void json_text_double(struct json_text *j, struct json_object *o, const char *key, double v,
		      bool integer);
/* v is printed as given: a number already formatted. */
void json_text_literal(struct json_text *j, struct json_object *o, const char *key, double v,
		       const char *text);
/* Pretty-prints to f and frees everything. 0 or -ENOMEM; f's own errors are the caller's. */
int json_text_print(struct json_text *j, FILE *f);

#endif
