// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Names are those of kmem_cache_create() in the kernel's own sources. An inode cache is called
 * FS_inode_cache as a rule; the tables hold the exceptions.
 */
#include "trace/cache_names.h"

static const struct {
	const char *cache, *fs;
} odd_inode_caches[] = {
	{"inode_cache", "pseudo"}, /* alloc_inode() of a file system without inodes of its own */
	{"shmem_inode_cache", "tmpfs"},
	{"sock_inode_cache", "sockfs"},
	{"xfs_inode", "xfs"},
	{"btrfs_inode", "btrfs"},
	{"ovl_inode", "overlay"},
	{"fuse_inode", "fuse"},
	{"erofs_inode", "erofs"},
	{"gfs2_inode", "gfs2"},
	{"ceph_inode_info", "ceph"},
	{"bch_inode_info", "bcachefs"},
	{"jfs_ip", "jfs"},
	{"jffs2_i", "jffs2"},
	{"ubifs_inode_slab", "ubifs"},
	{"hfsplus_icache", "hfsplus"},
	{"bdev_cache", "bdev"},
	{"dax_cache", "dax"},
	{"reiser_inode_cache", "reiserfs"},
	{"isofs_inode_cache", "iso9660"},
	{"fat_inode_cache", "vfat"},
	{"rpc_inode_cache", "rpc_pipefs"},
	{"v9fs_inode_cache", "9p"},
	{"ntfs_inode_cache", "ntfs3"},
};

/* Functions whose name is not FS_alloc_inode, or whose cache is not FS_inode_cache. */
static const struct {
	const char *function, *cache;
} call_sites[] = {
	{"__d_alloc", "dentry"},
	{"alloc_inode", "inode_cache"},
	{"xfs_inode_alloc", "xfs_inode"},
	{"btrfs_alloc_inode", "btrfs_inode"},
	{"ovl_alloc_inode", "ovl_inode"},
	{"fuse_alloc_inode", "fuse_inode"},
	{"erofs_alloc_inode", "erofs_inode"},
	{"gfs2_alloc_inode", "gfs2_inode"},
	{"ceph_alloc_inode", "ceph_inode_info"},
	{"jfs_alloc_inode", "jfs_ip"},
	{"jffs2_alloc_inode", "jffs2_i"},
	{"ubifs_alloc_inode", "ubifs_inode_slab"},
	{"bdev_alloc_inode", "bdev_cache"},
	{"dax_alloc_inode", "dax_cache"},
	{"reiserfs_alloc_inode", "reiser_inode_cache"},
	{"radix_tree_node_alloc", "radix_tree_node"},
	{"__radix_tree_preload", "radix_tree_node"},
	{"xas_alloc", "radix_tree_node"},
	{"xas_nomem", "radix_tree_node"},
	{"__xas_nomem", "radix_tree_node"},
	{"security_inode_alloc", "lsm_inode_cache"},
	{"lsm_inode_alloc", "lsm_inode_cache"},
	{"security_file_alloc", "lsm_file_cache"},
	{"__alloc_file", "filp"},
};

static const char *const accounted_caches[] = {
	"dentry",	  "task_struct",   "cred_jar",	     "pid",	    "mm_struct",
	"vm_area_struct", "anon_vma",	   "anon_vma_chain", "files_cache", "fs_cache",
	"signal_cache",	  "sighand_cache", "filp",
};

struct slice cache_fs(struct slice name)
{
	static const struct slice rule = {"_inode_cache", 12};

	/* The blob of the security modules that hangs on each inode, not an inode. */
	if (slice_eq(name, SLICE("lsm_inode_cache")))
		return (struct slice){NULL, 0};
	for (u32 i = 0; i < ARRAY_SIZE(odd_inode_caches); i++)
		if (slice_eq(name, slice_of(odd_inode_caches[i].cache)))
			return slice_of(odd_inode_caches[i].fs);
	if (name.len > rule.len && !memcmp(name.s + name.len - rule.len, rule.s, rule.len))
		return (struct slice){name.s, name.len - rule.len};
	return (struct slice){NULL, 0};
}

enum trace_cache_kind cache_kind(struct slice name)
{
	if (slice_eq(name, SLICE("dentry")))
		return TRACE_CACHE_DENTRY;
	return cache_fs(name).len ? TRACE_CACHE_INODE : TRACE_CACHE_PLAIN;
}

/* "radix_tree_node_alloc.constprop.0+0xb3/0xf0" -> "radix_tree_node_alloc" */
static struct slice function_of(struct slice call_site)
{
	u32 n = 0;

	while (n < call_site.len && call_site.s[n] != '.' && call_site.s[n] != '+')
		n++;
	return (struct slice){call_site.s, n};
}

u32 cache_of_call_site(struct slice call_site, char *buf)
{
	static const struct slice rule = {"_alloc_inode", 12};
	struct slice function = function_of(call_site), cache = {NULL, 0};
	u32 fs_len;

	for (u32 i = 0; i < ARRAY_SIZE(call_sites) && !cache.len; i++)
		if (slice_eq(function, slice_of(call_sites[i].function)))
			cache = slice_of(call_sites[i].cache);
	if (cache.len) {
		memcpy(buf, cache.s, cache.len);
		return cache.len;
	}
	if (function.len <= rule.len || function.len > LONGEST_CACHE_NAME)
		return 0;
	fs_len = function.len - rule.len;
	if (memcmp(function.s + fs_len, rule.s, rule.len))
		return 0;
	/* FS_inode_cache is as long as FS_alloc_inode. */
	memcpy(buf, function.s, fs_len);
	memcpy(buf + fs_len, "_inode_cache", rule.len);
	return function.len;
}

bool cache_is_accounted(struct slice name)
{
	if (cache_kind(name) == TRACE_CACHE_INODE)
		return true;
	for (u32 i = 0; i < ARRAY_SIZE(accounted_caches); i++)
		if (slice_eq(name, slice_of(accounted_caches[i])))
			return true;
	return false;
}
