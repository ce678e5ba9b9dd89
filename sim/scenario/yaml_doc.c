// SPDX-License-Identifier: GPL-3.0-or-later
#include "scenario/yaml_doc.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

struct anchor {
	const char *name;
	struct yaml_node *node;
};

struct composer {
	struct input *in;
	const char *file;
	u32 line; /* of every place, or 0 */
	yaml_parser_t parser;
	yaml_event_t event; /* the one being read */
	u32 depth;
	u32 nr_values; /* composed so far, aliases expanded */
	struct anchor *anchors;
	u32 nr_anchors;
};

/* ---- nodes ---- */

bool yaml_is_null(const struct yaml_node *node)
{
	static const char *const words[] = {"", "~", "null", "Null", "NULL"};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (node->kind == NODE_SCALAR && !node->quoted && !strcmp(node->text, words[i]))
			return true;
	return false;
}

struct yaml_node *yaml_get(const struct yaml_node *map, const char *key)
{
	for (u32 i = 0; map->kind == NODE_MAP && i < map->n; i++)
		if (!strcmp(map->entries[i].key, key))
			return map->entries[i].value;
	return NULL;
}

const char *yaml_describe(struct input *in, const struct yaml_node *node)
{
	if (node->kind != NODE_SCALAR)
		return node->kind == NODE_LIST ? "a list" : "a map";
	return yaml_is_null(node) ? "nothing" : input_quote(in, node->text);
}

struct yaml_node *yaml_new(struct input *in, enum node_kind kind, struct src_pos pos)
{
	struct yaml_node *node = input_alloc(in, 1, sizeof(*node));

	if (!node)
		return NULL;
	node->kind = kind;
	node->pos = pos;
	node->text = "";
	return node;
}

struct yaml_entry *yaml_append(struct input *in, struct yaml_node *node, const char *key,
			       struct src_pos pos, struct yaml_node *value)
{
	if (node->n == node->cap) {
		u32 cap = max_of(node->cap * 2, 4U);
		struct yaml_entry *entries = input_alloc(in, cap, sizeof(*entries));

		if (!entries)
			return NULL;
		if (node->n)
			memcpy(entries, node->entries, node->n * sizeof(*entries));
		node->entries = entries;
		node->cap = cap;
	}
	node->entries[node->n] = (struct yaml_entry){key, pos, value};
	return &node->entries[node->n++];
}

struct yaml_node *yaml_copy(struct input *in, const struct yaml_node *node)
{
	struct yaml_node *copy = yaml_new(in, node->kind, node->pos);

	if (!copy)
		return NULL;
	*copy = *node;
	copy->cap = node->n;
	copy->entries = input_alloc(in, node->n, sizeof(*node->entries));
	if (!copy->entries)
		return NULL;
	if (node->n)
		memcpy(copy->entries, node->entries, node->n * sizeof(*node->entries));
	return copy;
}

/* ---- text before libyaml sees it: its messages about encodings have no place ---- */

/* Length of the UTF-8 character at s, or 0 if it is none. */
static size_t decode_utf8(const unsigned char *s, size_t len, u32 *code)
{
	static const u32 smallest[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t n = s[0] < 0x80	     ? 1
		   : s[0] >> 5 == 6  ? 2
		   : s[0] >> 4 == 14 ? 3
		   : s[0] >> 3 == 30 ? 4
				     : 0;

	if (!n || n > len)
		return 0;
	*code = n == 1 ? s[0] : s[0] & (0x7fU >> n);
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		*code = *code << 6 | (s[i] & 0x3fU);
	}
	if (*code < smallest[n] || *code > 0x10ffff || (*code >= 0xd800 && *code < 0xe000))
		return 0;
	return n;
}

static bool printable(u32 code)
{
	if (code < 0xa0)
		return code == '\t' || code == '\n' || code == '\r' || code == 0x85 ||
		       (code >= ' ' && code < 0x7f);
	return code != 0xfeff && code != 0xfffe && code != 0xffff;
}

/* libyaml compares every %TAG line with every other; tags are refused anyway. */
static bool is_tag_directive(const char *text, size_t len, size_t at)
{
	bool line_start = !at || text[at - 1] == '\n' || text[at - 1] == '\r';

	return line_start && len - at >= 4 && !memcmp(text + at, "%TAG", 4);
}

static int check_text(struct input *in, struct src_pos pos, const char *text, size_t len)
{
	bool count = pos.col; /* not on a command line */
	u32 code = 0;

	for (size_t i = 0, n; i < len; i += n) {
		n = decode_utf8((const unsigned char *)text + i, len - i, &code);
		if (!n)
			return input_error(in, pos, "byte 0x%02x: not UTF-8 text",
					   (unsigned char)text[i]);
		if (!code)
			return input_error(in, pos, "NUL byte: not a text file");
		if (!printable(code))
			return input_error(in, pos, "character U+%04X is not allowed in YAML",
					   code);
		if (code == '%' && is_tag_directive(text, len, i))
			return input_error(in, pos, "tags (%%TAG) are not supported");
		if (code == '\n' || (code == '\r' && (i + 1 == len || text[i + 1] != '\n'))) {
			pos.line += count;
			pos.col = count;
		} else {
			pos.col += count;
		}
	}
	return 0;
}

/* ---- from libyaml's events to nodes ---- */

static struct src_pos place(const struct composer *c, yaml_mark_t mark)
{
	if (c->line)
		return (struct src_pos){c->file, c->line, 0};
	return (struct src_pos){c->file, (u32)mark.line + 1, (u32)mark.column + 1};
}

/* The character that the scanner could not go on from, or 0: no text starts with it. */
static char stopped_at(const struct composer *c)
{
	const yaml_parser_t *p = &c->parser;
	bool known = p->error == YAML_SCANNER_ERROR && p->buffer.pointer < p->buffer.last;

	return known && strchr("\t@`%", *p->buffer.pointer) ? (char)*p->buffer.pointer : 0;
}

static void report_syntax(struct composer *c)
{
	const yaml_parser_t *p = &c->parser;
	const char *context = p->context ? p->context : "";
	struct src_pos pos = place(c, p->problem_mark);
	char stop = stopped_at(c);

	if (p->error == YAML_MEMORY_ERROR)
		input_oom(c->in);
	else if (p->error == YAML_READER_ERROR)
		input_error(c->in, (struct src_pos){.file = c->file}, "%s", p->problem);
	else if (stop == '\t')
		input_error(c->in, pos, "tab character; YAML is indented with spaces");
	else if (stop)
		input_error(c->in, pos, "a text that begins with %c needs quotes", stop);
	else if (!*context || c->line)
		input_error(c->in, pos, "%s%s%s", p->problem, *context ? " " : "", context);
	else
		input_error(c->in, pos, "%s %s that begins at %zu:%zu", p->problem, context,
			    p->context_mark.line + 1, p->context_mark.column + 1);
}

/* The next event; false with a message if the text goes wrong there. */
static bool advance(struct composer *c)
{
	yaml_event_delete(&c->event);
	if (yaml_parser_parse(&c->parser, &c->event))
		return true;
	report_syntax(c);
	return false;
}

static struct yaml_node *refuse(struct composer *c, const char *what)
{
	input_error(c->in, place(c, c->event.start_mark), "%s", what);
	return NULL;
}

static bool count_values(struct composer *c, u32 n)
{
	if (n > MAX_VALUES - c->nr_values)
		return refuse(c, "more than 1000000 values (aliases count each time)");
	c->nr_values += n;
	return true;
}

static bool add_anchor(struct composer *c, const yaml_char_t *name, struct yaml_node *node)
{
	if (!name)
		return true;
	if (!c->anchors)
		c->anchors = input_alloc(c->in, MAX_ANCHORS, sizeof(*c->anchors));
	if (!c->anchors)
		return false;
	if (c->nr_anchors == MAX_ANCHORS)
		return refuse(c, "more than 1000 anchors");
	c->anchors[c->nr_anchors++] =
		(struct anchor){input_printf(c->in, "%s", (const char *)name), node};
	return true;
}

static struct yaml_node *resolve_alias(struct composer *c)
{
	const char *name = (const char *)c->event.data.alias.anchor;
	u32 i = c->nr_anchors;

	/* an anchor may be defined again: the last one counts */
	while (i && strcmp(c->anchors[i - 1].name, name))
		i--;
	if (!i)
		return refuse(c, input_printf(c->in, "alias %s has no anchor before it",
					      input_quote(c->in, name)));
	if (!c->anchors[i - 1].node->weight)
		return refuse(c, input_printf(c->in, "alias %s stands inside its own anchor",
					      input_quote(c->in, name)));
	if (!count_values(c, c->anchors[i - 1].node->weight))
		return NULL;
	return c->anchors[i - 1].node;
}

static struct yaml_node *compose_scalar(struct composer *c)
{
	struct yaml_node *node = yaml_new(c->in, NODE_SCALAR, place(c, c->event.start_mark));
	const char *value = (const char *)c->event.data.scalar.value;
	size_t len = c->event.data.scalar.length;

	if (!node)
		return NULL;
	if (c->event.data.scalar.tag)
		return refuse(c, "tags (!...) are not supported");
	if (strlen(value) != len)
		return refuse(c, "a text with a NUL character");
	node->quoted = c->event.data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
	node->text = input_printf(c->in, "%s", value);
	node->weight = 1;
	return add_anchor(c, c->event.data.scalar.anchor, node) ? node : NULL;
}

static struct yaml_node *compose_node(struct composer *c);

static int by_key(const void *a, const void *b)
{
	const struct yaml_entry *x = *(const struct yaml_entry *const *)a;
	const struct yaml_entry *y = *(const struct yaml_entry *const *)b;
	int order = strcmp(x->key, y->key);

	return order ? order : (x > y) - (x < y);
}

static void check_duplicates(struct composer *c, const struct yaml_node *map)
{
	const struct yaml_entry **sorted, *first;

	sorted = map->n < 2 ? NULL : input_alloc(c->in, map->n, sizeof(*sorted));
	if (!sorted)
		return;
	for (u32 i = 0; i < map->n; i++)
		sorted[i] = &map->entries[i];
	qsort(sorted, map->n, sizeof(*sorted), by_key);
	first = sorted[0];
	for (u32 i = 1; i < map->n; i++) {
		if (strcmp(first->key, sorted[i]->key))
			first = sorted[i];
		else if (!input_full(c->in))
			input_error(c->in, sorted[i]->pos, "duplicate key %s; first given at %s",
				    input_quote(c->in, first->key),
				    input_place(c->in, first->pos, c->file));
	}
}

static const char *compose_key(struct composer *c, struct src_pos *pos)
{
	const char *key = (const char *)c->event.data.scalar.value;

	*pos = place(c, c->event.start_mark);
	if (c->event.type != YAML_SCALAR_EVENT || strlen(key) != c->event.data.scalar.length ||
	    c->event.data.scalar.anchor || c->event.data.scalar.tag)
		refuse(c, "a key must be a plain word");
	else if (!strcmp(key, "<<"))
		refuse(c, "merge keys (<<) are not supported; write the keys out");
	else
		return input_printf(c->in, "%s", key);
	return NULL;
}

/* The entries of the map or list whose start is the current event, up to its end. */
static bool compose_entries(struct composer *c, struct yaml_node *node)
{
	bool map = node->kind == NODE_MAP;
	const char *key = NULL;
	struct yaml_node *value;
	struct src_pos pos;

	for (;;) {
		if (!advance(c))
			return false;
		if (c->event.type == (map ? YAML_MAPPING_END_EVENT : YAML_SEQUENCE_END_EVENT))
			return true;
		pos = place(c, c->event.start_mark);
		if (map) {
			key = compose_key(c, &pos);
			if (!key || !advance(c))
				return false;
		}
		value = compose_node(c);
		if (!value || !yaml_append(c->in, node, key, pos, value))
			return false;
	}
}

static struct yaml_node *compose_collection(struct composer *c)
{
	bool map = c->event.type == YAML_MAPPING_START_EVENT;
	u32 before = c->nr_values - 1;
	struct yaml_node *node =
		yaml_new(c->in, map ? NODE_MAP : NODE_LIST, place(c, c->event.start_mark));

	if (!node)
		return NULL;
	if (map ? c->event.data.mapping_start.tag : c->event.data.sequence_start.tag)
		return refuse(c, "tags (!...) are not supported");
	if (!add_anchor(c,
			map ? c->event.data.mapping_start.anchor
			    : c->event.data.sequence_start.anchor,
			node))
		return NULL;
	if (c->depth == MAX_DEPTH)
		return refuse(c, "nested deeper than 64 levels");
	c->depth++;
	if (!compose_entries(c, node))
		return NULL;
	c->depth--;
	node->weight = c->nr_values - before;
	if (map)
		check_duplicates(c, node);
	return node;
}

/* The node that the current event begins. */
static struct yaml_node *compose_node(struct composer *c)
{
	if (c->event.type == YAML_ALIAS_EVENT)
		return resolve_alias(c);
	if (!count_values(c, 1))
		return NULL;
	if (c->event.type == YAML_SCALAR_EVENT)
		return compose_scalar(c);
	return compose_collection(c);
}

static struct yaml_node *compose_document(struct composer *c)
{
	struct yaml_node *root;

	/* stream start, then document start or stream end */
	if (!advance(c) || !advance(c))
		return NULL;
	if (c->event.type == YAML_STREAM_END_EVENT) {
		input_error(c->in, (struct src_pos){c->file, c->line ? c->line : 1, !c->line},
			    "empty: there is no YAML here");
		return NULL;
	}
	if (!advance(c))
		return NULL;
	root = compose_node(c);
	/* document end, then stream end */
	if (!root || !advance(c) || !advance(c))
		return NULL;
	if (c->event.type != YAML_STREAM_END_EVENT)
		return refuse(c, "a second document begins here; one file holds one");
	return root;
}

struct yaml_node *yaml_parse(struct input *in, const char *file, u32 line, const char *text,
			     size_t len)
{
	struct composer c = {.in = in, .file = file, .line = line};
	struct yaml_node *root;

	if (len > MAX_INPUT_BYTES) {
		input_error(in, (struct src_pos){.file = file}, "larger than %u MiB: refused",
			    MAX_INPUT_BYTES >> 20);
		return NULL;
	}
	/* libyaml leaves a byte order mark in place when it is told the encoding */
	if (len >= 3 && !memcmp(text, "\xef\xbb\xbf", 3)) {
		text += 3;
		len -= 3;
	}
	if (check_text(in, (struct src_pos){file, line ? line : 1, !line}, text, len))
		return NULL;
	if (!yaml_parser_initialize(&c.parser)) {
		input_oom(in);
		return NULL;
	}
	yaml_parser_set_encoding(&c.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&c.parser, (const unsigned char *)text, len);
	root = compose_document(&c);
	yaml_event_delete(&c.event);
	yaml_parser_delete(&c.parser);
	return root;
}
