// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * --set KEY=VALUE: changes the YAML tree before anything is read from it, so that a value given
 * there is checked like one in the file. Nodes along the path are copied first: an alias elsewhere
 * keeps what its anchor says.
 */
#include "scenario/read.h"

#include <stdlib.h>
#include <string.h>

struct walk {
	struct input *in;
	struct src_pos pos;
	const char *path; /* whole */
	const char *at; /* what is left of it */
};

/* The path up to where the walk is, for messages. */
static const char *walked(const struct walk *w, const char *end)
{
	while (end > w->path && end[-1] == '.')
		end--;
	if (end == w->path)
		return "the document";
	return input_quote(w->in, input_printf(w->in, "%.*s", (int)(end - w->path), w->path));
}

static void step_over(struct walk *w, size_t len)
{
	w->at += len;
	if (*w->at == '.')
		w->at++;
}

/* Names may contain dots: the longest item name that the rest of the path begins with. */
static struct yaml_entry *find_named(const struct yaml_node *list, const char *path, size_t *len)
{
	struct yaml_entry *found = NULL;

	*len = 0;
	for (u32 i = 0; i < list->n; i++) {
		const struct yaml_node *name = yaml_get(list->entries[i].value, "name");
		size_t n = name && name->kind == NODE_SCALAR ? strlen(name->text) : 0;

		if (n > *len && !strncmp(path, name->text, n) && (!path[n] || path[n] == '.')) {
			found = &list->entries[i];
			*len = n;
		}
	}
	return found;
}

static void report_no_item(struct walk *w, const struct yaml_node *list, const char *word)
{
	const char **names = input_alloc(w->in, list->n + 1UL, sizeof(*names));
	u32 n = 0;

	for (u32 i = 0; names && i < list->n; i++) {
		const struct yaml_node *name = yaml_get(list->entries[i].value, "name");

		if (name && name->kind == NODE_SCALAR)
			names[n++] = name->text;
	}
	input_error(w->in, w->pos, "%s has no item named %s%s", walked(w, w->at),
		    input_quote(w->in, word), names ? input_hint(w->in, word, names) : "");
}

static struct yaml_entry *step_into_list(struct walk *w, const struct yaml_node *list)
{
	size_t len = strcspn(w->at, ".");
	const char *word = input_printf(w->in, "%.*s", (int)len, w->at);
	struct yaml_entry *e = NULL;

	if (strspn(word, "0123456789") == len) {
		unsigned long i = len < 10 ? strtoul(word, NULL, 10) : UINT32_MAX;

		if (i < list->n)
			e = &list->entries[i];
		else
			input_error(w->in, w->pos,
				    "%s has %u items, counted from 0; there is no %s",
				    walked(w, w->at), list->n, input_quote(w->in, word));
	} else {
		e = find_named(list, w->at, &len);
		if (!e)
			report_no_item(w, list, word);
	}
	if (e)
		step_over(w, len);
	return e;
}

static struct yaml_entry *step_into_map(struct walk *w, struct yaml_node *map)
{
	size_t len = strcspn(w->at, ".");
	const char *key = input_printf(w->in, "%.*s", (int)len, w->at);
	struct yaml_node *nothing;

	step_over(w, len);
	for (u32 i = 0; i < map->n; i++)
		if (!strcmp(map->entries[i].key, key))
			return &map->entries[i];
	nothing = yaml_new(w->in, NODE_SCALAR, w->pos);
	return nothing ? yaml_append(w->in, map, key, w->pos, nothing) : NULL;
}

/* Where the next part of the path leads; NULL with a message if nowhere. */
static struct yaml_node **step(struct walk *w, struct yaml_node **slot)
{
	struct yaml_node *node = *slot;
	struct yaml_entry *e;

	if (node->kind == NODE_SCALAR && !yaml_is_null(node)) {
		input_error(w->in, w->pos, "%s is the single value %s: no path leads into it",
			    walked(w, w->at), input_quote(w->in, node->text));
		return NULL;
	}
	if (node->kind == NODE_SCALAR)
		node = yaml_new(w->in, NODE_MAP, w->pos);
	else
		node = yaml_copy(w->in, node);
	if (!node)
		return NULL;
	*slot = node;
	e = node->kind == NODE_MAP ? step_into_map(w, node) : step_into_list(w, node);
	return e ? &e->value : NULL;
}

static bool path_is_whole(const char *path)
{
	return *path && *path != '.' && path[strlen(path) - 1] != '.' && !strstr(path, "..");
}

void apply_set(struct input *in, struct yaml_node **root, const char *option, u32 nr)
{
	struct src_pos pos = {"--set", nr, 0};
	const char *equals = strchr(option, '=');
	struct yaml_node **slot = root, *value;
	struct walk w = {in, pos, NULL, NULL};

	if (!equals) {
		input_error(in, pos, "expects KEY=VALUE, got %s", input_quote(in, option));
		return;
	}
	w.path = w.at = input_printf(in, "%.*s", (int)(equals - option), option);
	if (!path_is_whole(w.path)) {
		input_error(in, pos, "%s is no path like machine.memory or variants.0.kernel",
			    input_quote(in, w.path));
		return;
	}
	value = yaml_parse(in, pos.file, nr, equals + 1, strlen(equals + 1));
	while (value && slot && *w.at)
		slot = step(&w, slot);
	if (value && slot)
		*slot = value;
}
