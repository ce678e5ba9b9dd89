// SPDX-License-Identifier: GPL-3.0-or-later
#include "page_cache/page_cache.h"

static void file_bytes(const void *model, struct metric_value *v)
{
	const struct page_cache *pc = model;
	double page = pc->m->page_size;

	*v = (struct metric_value){(double)pc->file.level * page, (double)pc->file.peak * page,
				   gauge_mean(&pc->file, pc->e->now) * page};
}

static void anon_bytes(const void *model, struct metric_value *v)
{
	const struct page_cache *pc = model;
	double page = pc->m->page_size;

	*v = (struct metric_value){(double)pc->anon.level * page, (double)pc->anon.peak * page,
				   gauge_mean(&pc->anon, pc->e->now) * page};
}

static void added_bytes(const void *model, struct metric_value *v)
{
	const struct page_cache *pc = model;
	double added = (double)pc->added * pc->m->page_size;

	*v = (struct metric_value){added, added, NAN};
}

static double node_file_bytes(const void *model, u32 node)
{
	const struct page_cache *pc = model;

	return (double)pc->node_file[node].level * pc->m->page_size;
}

static double refaults(const void *model)
{
	return (double)((const struct page_cache *)model)->refaults;
}

static double inodesteal(const void *model)
{
	return (double)((const struct page_cache *)model)->inodesteal;
}

const struct metric_source page_cache_metrics[] = {
	{.info = {.name = "pagecache.bytes",
		  .unit = "bytes",
		  .help = "pages of files and of block devices",
		  .integer = true,
		  .per_node = true},
	 .full = file_bytes,
	 .read_node = node_file_bytes},
	{.info = {.name = "pagecache.added_bytes",
		  .unit = "bytes",
		  .help = "read into the page cache since the start",
		  .integer = true},
	 .full = added_bytes},
	{.info = {.name = "anon.bytes",
		  .unit = "bytes",
		  .help = "anonymous pages",
		  .integer = true},
	 .full = anon_bytes},
	{.info = {.name = "workingset.refaults",
		  .unit = "pages",
		  .kind = METRIC_COUNTED,
		  .integer = true,
		  .help = "pages read again after their eviction left a shadow"},
	 .read = refaults},
	{.info = {.name = "pagecache.inodesteal",
		  .unit = "pages",
		  .kind = METRIC_COUNTED,
		  .integer = true,
		  .help = "pages that inode shrinkers took with their inodes"},
	 .read = inodesteal},
	{.info = {.name = NULL}},
};
