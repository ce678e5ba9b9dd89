// SPDX-License-Identifier: GPL-3.0-or-later
#include "reports/json_text.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "reports/format.h"

void json_text_begin(struct json_text *j)
{
	j->root = json_object_new_object();
	j->failed = !j->root;
}

/* value NULL: its allocation failed. */
static void put(struct json_text *j, struct json_object *o, const char *key,
		struct json_object *value)
{
	int ret = -1;

	if (o && value)
		ret = key ? json_object_object_add(o, key, value) : json_object_array_add(o, value);
	if (!ret)
		return;
	json_object_put(value);
	j->failed = true;
}

struct json_object *json_text_object(struct json_text *j, struct json_object *parent,
				     const char *key)
{
	struct json_object *o = json_object_new_object();

	put(j, parent, key, o);
	return j->failed ? NULL : o;
}

struct json_object *json_text_array(struct json_text *j, struct json_object *parent,
				    const char *key)
{
	struct json_object *o = json_object_new_array();

	put(j, parent, key, o);
	return j->failed ? NULL : o;
}

void json_text_string(struct json_text *j, struct json_object *o, const char *key, const char *s)
{
	char *clean, *to;

	if (!s)
		return;
	clean = malloc(strlen(s) + 1);
	if (!clean) {
		j->failed = true;
		return;
	}
	for (to = clean; *s;) {
		u32 n = utf8_char(s);

		if (!n)
			*to++ = '?';
		else
			to = mempcpy(to, s, n);
		s += max_of(n, 1U);
	}
	*to = 0;
	put(j, o, key, json_object_new_string(clean));
	free(clean);
}

void json_text_u64(struct json_text *j, struct json_object *o, const char *key, u64 v)
{
	put(j, o, key, json_object_new_uint64(v));
}

void json_text_bool(struct json_text *j, struct json_object *o, const char *key, bool v)
{
	put(j, o, key, json_object_new_boolean(v));
}

void json_text_literal(struct json_text *j, struct json_object *o, const char *key, double v,
		       const char *text)
{
	if (isfinite(v)) {
		put(j, o, key, json_object_new_double_s(v, text));
		return;
	}
	/* In json-c NULL is the value null. */
	if (!o || (key ? json_object_object_add(o, key, NULL) : json_object_array_add(o, NULL)))
		j->failed = true;
}

void json_text_double(struct json_text *j, struct json_object *o, const char *key, double v,
		      bool integer)
{
	char buf[FORMAT_LEN];

	json_text_literal(j, o, key, v, format_number(buf, v, integer));
}

int json_text_print(struct json_text *j, FILE *f)
{
	const char *text = NULL;

	if (!j->failed)
		text = json_object_to_json_string_ext(
			j->root, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED |
					 JSON_C_TO_STRING_NOSLASHESCAPE);
	if (text)
		fprintf(f, "%s\n", text);
	json_object_put(j->root);
	j->root = NULL;
	return text ? 0 : -ENOMEM;
}
