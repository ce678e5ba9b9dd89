/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * VFS caches (fs/dcache.c, fs/inode.c, fs/super.c; KERNEL_FACTS 1.7): superblocks, dentries and inodes
 * with their references, when each goes on its LRU, what unlink and umount do, and the shrinker of a
 * superblock.
 *
 * Every object can be found again without a list of all: unused ones are on an LRU, directories hang on
 * their children, an inode on its dentry; the rest (dentries that a file system pins for ever, objects
 * of a trace that nothing refers to) is on its superblock's list, through the same links.
 */
#ifndef MODELS_VFS_VFS_H
#define MODELS_VFS_VFS_H

#include "shrinker/shrinker.h"
#include "slab/object.h"

enum fs_flags {
	FS_PINS_DENTRIES =
		1 << 0, /* every dentry of a file holds a reference for ever (ramfs style) */
	FS_DROPS_INODES = 1 << 1, /* generic_delete_inode: no inode without a dentry */
	FS_NO_NEGATIVE = 1 << 2, /* ->d_delete: an unused negative dentry is not kept */
	FS_ZERO_SEEKS =
		1 << 3, /* proc and kernfs: seeks 0 where the row has the rule (4b85afbdacd2) */
	FS_OWN_RECLAIM = 1 << 4, /* evicted inodes stay until its own reclaim takes them (xfs) */
	FS_NO_LRU = 1 << 5, /* pipefs, sockfs: dentries are killed when the last user goes */
	FS_ON_DISK = 1 << 6, /* inodes and directories are blocks of a device */
};

struct fs_info {
	const char *name;
	const char *inode_cache;
	u32 flags;
};

extern const struct fs_info fs_infos[NR_FS_TYPES];

/* Does the file system say for which lru it allocates an inode? */
bool fs_inodes_aware(enum fs_type fs, enum lru_inodes inodes);
/* Index by name, or -1. */
int fs_type_find(const char *name);

struct super_block {
	u32 set; /* lru set; first: free list */
	u32 shrinker;
	u32 root; /* dentry */
	u32 listed; /* objects that are on no LRU and pinned for ever, through their LRU links */
	u32 nr_reclaimable; /* FS_OWN_RECLAIM: inodes that the VFS has evicted */
	u8 fs; /* enum fs_type */
	u8 live;
	u8 dying; /* umount: nothing goes back on an LRU */
	struct footprint mem;
	u64 nr_dentries, nr_inodes;
	u32 next_ino; /* on disk: inodes numbered so far */
	bool remote; /* not on the machine's disk */
	u64 log_bytes; /* xfs: of its log; 0: it never fills */
	u32 busy_every; /* of so many metadata blocks one has busy buffers for ever; 0: none */
};

/* What the inode isolate function may answer (enum lru_status). */
enum isolate {
	ISOLATE_REMOVED, /* off the LRU, stays alive */
	ISOLATE_FREE, /* off the LRU, evicted after the walk */
	ISOLATE_ROTATE,
	ISOLATE_SKIP,
	ISOLATE_RETRY, /* the lock was dropped: the walk starts again at the head */
};

struct vfs;

/* What the page cache can be asked about an inode; bound when there is one. */
struct inode_pages_ops {
	u64 (*nr_pages)(void *ctx, u32 inode);
	/* mapping_empty(): neither a page nor a shadow. */
	bool (*empty)(void *ctx, u32 inode);
	/* mapping_shrinkable(): no page, and no shadow but a lone one at index 0 (51b8c1fe250d). */
	bool (*shrinkable)(void *ctx, u32 inode);
	/* invalidate_mapping_pages(): pages dropped. */
	u64 (*invalidate)(void *ctx, u32 inode);
	/* The inode is evicted: its pages go. */
	void (*evict)(void *ctx, u32 inode);
	/* On disk: an inode's block, a directory's entry for it (inode numbers; 0: the root). May allocate. */
	void (*touch_inode)(void *ctx, u32 sb, u32 ino, const struct task *t);
	void (*touch_dirent)(void *ctx, u32 sb, u32 dir, u32 ino, const struct task *t);
	/* The superblock goes, and its device's pages. */
	void (*umount)(void *ctx, u32 sb);
	void *ctx;
};

/* A file system that keeps evicted inodes below the VFS, and blocks of its own (xfs); bound when there is one. */
struct fs_inode_ops {
	/* destroy_inode(): what becomes of the object is its business now. */
	void (*evicted)(void *ctx, u32 inode, u16 cpu);
	/* free_cached_objects() */
	void (*free_cached)(void *ctx, u32 sb, u64 n, const struct task *t);
	/* The object of that number, if it is still there: it is the VFS's again. 0: none. */
	u32 (*recycle)(void *ctx, u32 sb, u32 ino);
	/* An inode comes into memory, read or just made; a directory's block with its name. May allocate. */
	void (*inode_read)(void *ctx, u32 inode, u32 ino, bool made, const struct task *t);
	void (*touch_dirent)(void *ctx, u32 sb, u32 dir, u32 ino, bool made, const struct task *t);
	/* A transaction changed it. */
	void (*logged)(void *ctx, u32 inode);
	/* Its log is full: no transaction can begin now. */
	bool (*log_full)(void *ctx, u32 sb);
	void (*umount)(void *ctx, u32 sb, u16 cpu);
	void *ctx;
};

/* Axis inode_isolate. */
struct inode_isolate_policy {
	const char *name;
	/* Does an inode without users go on the LRU? */
	bool (*lru_add)(struct vfs *v, u32 inode);
	enum isolate (*isolate)(struct vfs *v, u32 inode);
};

extern const struct inode_isolate_policy inode_isolate_strip;
extern const struct inode_isolate_policy inode_isolate_keep_attached;
extern const struct inode_isolate_policy inode_isolate_off_lru;

/* A name in some file system's tree, whether or not a dentry of it is cached. 16 bytes. */
struct vnode {
	u32 parent; /* vnode; first: free list; 0: the root of its superblock */
	u32 dentry; /* cached dentry or 0 */
	u32 inode; /* cached inode or 0 */
	u32 sb : 20;
	u32 exists : 1; /* there is a file of this name */
	u32 is_dir : 1;
	u32 gc_dentry : 1; /* its dentry, its inode was dropped by the worker of axis dying_gc */
	u32 gc_inode : 1;
	u32 unused : 8;
};

struct vfs {
	struct engine *e;
	struct machine *m;
	struct slab_system *slab;
	struct memcg_system *memcg;
	struct lru_system *lru;
	struct shrinker_system *shrinkers;
	const struct kernel_row *row;
	const struct inode_isolate_policy *isolate;
	const struct inode_pages_ops *pages; /* NULL: no inode has pages */
	const struct fs_inode_ops *own; /* of FS_OWN_RECLAIM; NULL: evicted inodes are freed */
	struct flat objects, supers, vnodes;
	u32 *vnode_of; /* by object id; reserved with the objects */
	size_t vnode_of_bytes;
	struct flat inos; /* u32 by vnode: its inode's number on disk; 0: none yet */
	u32 dentry_cache, mount_cache;
	u32 inode_caches[NR_FS_TYPES];
	/* A traced object is gone without the trace having said so: reclaim, umount. */
	void (*traced_gone)(void *ctx, u32 trace_id);
	void *traced_ctx;
	struct gauge dentries, inodes; /* nr_dentry, nr_inodes */
	s64 anon_dentries, anon_inodes; /* of those: initial population, no objects of their own */
	struct gauge supers_live;
	u64 inodes_waiting; /* evicted, in FS_OWN_RECLAIM's hands */
	u64 alloc_failed;
	bool gc_drops; /* what goes now goes for that worker */
	u64 gc_refaults; /* dentries and inodes that were wanted again after it */
	u64 inodes_charged, inodes_uncovered; /* allocated so far; those without their lru */
};

int vfs_init(struct vfs *v, struct shrinker_system *shrinkers);
/* Must come before lru_system_init, which wants the objects. */
int vfs_init_objects(struct vfs *v, int *failed);
void vfs_destroy(struct vfs *v);

static inline struct object *obj(const struct vfs *v, u32 id)
{
	return object_at(&v->objects, id);
}

static inline u64 inode_nr_pages(const struct vfs *v, u32 inode)
{
	return v->pages ? v->pages->nr_pages(v->pages->ctx, inode) : 0;
}

static inline bool inode_shrinkable(const struct vfs *v, u32 inode)
{
	return !v->pages || v->pages->shrinkable(v->pages->ctx, inode);
}

static inline struct super_block *super_at(const struct vfs *v, u32 id)
{
	return (struct super_block *)(void *)v->supers.base + id;
}

static inline struct vnode *vnode_at(const struct vfs *v, u32 id)
{
	return (struct vnode *)(void *)v->vnodes.base + id;
}

/* ---- caches ---- */

/* Cache of a file system's inodes, made at first use. 0 when out of memory. */
u32 vfs_inode_cache(struct vfs *v, enum fs_type fs);

/* `count` objects of a cache's initial population came (or went, if negative): counts them if they are
 * dentries or inodes. */
void vfs_count_anon(struct vfs *v, u32 cache, s64 count);

/* ---- superblocks ---- */

/* A new superblock with its root, mounted by t. Id or 0. seeks < 0: the file system's. */
u32 vfs_mount(struct vfs *v, enum fs_type fs, const struct task *t);
/* Nobody may use anything of it any more. */
void vfs_umount(struct vfs *v, u32 sb, const struct task *t);

/* ---- objects ---- */

/* d_alloc(): one reference for the caller, one more on the parent. Id or 0. */
u32 dentry_alloc(struct vfs *v, u32 sb, u32 parent, const struct task *t);
/* new_inode() / iget: one reference for the caller. Id or 0. */
u32 inode_alloc(struct vfs *v, u32 sb, const struct task *t);
/* d_instantiate(): the caller's reference on the inode becomes the dentry's. */
void dentry_instantiate(struct vfs *v, u32 dentry, u32 inode);
static inline void dget(struct vfs *v, u32 dentry)
{
	obj(v, dentry)->count++;
}
void dput(struct vfs *v, u32 dentry, u16 cpu);
void iput(struct vfs *v, u32 inode, u16 cpu);
/*
 * A dentry that a trace made: its last dput came at a moment that no event shows. On the LRU from now
 * on, whether or not its inode is known yet; pinned ones on their superblock's list.
 */
void dentry_park(struct vfs *v, u32 dentry, u16 cpu);
/* Its mapping became shrinkable: from 5.16 on that puts an inode without users on the LRU. */
void inode_became_shrinkable(struct vfs *v, u32 inode, u16 cpu);
/* An inode that was evicted is freed after a grace period. */
void inode_free(struct vfs *v, u32 inode, u16 cpu);
/* A transaction changed it, if its file system has such (xfs). */
static inline void inode_logged(struct vfs *v, u32 inode)
{
	if (inode && v->own &&
	    (fs_infos[super_at(v, obj(v, inode)->sb)->fs].flags & FS_OWN_RECLAIM))
		v->own->logged(v->own->ctx, inode);
}
/* Whoever wants to change something on it has to wait. */
static inline bool super_log_full(const struct vfs *v, u32 sb)
{
	return v->own && (fs_infos[super_at(v, sb)->fs].flags & FS_OWN_RECLAIM) &&
	       v->own->log_full(v->own->ctx, sb);
}
/* An inode that may go on the LRU (last reference gone, written back, last page gone) does so. */
void inode_lru_add(struct vfs *v, u32 inode, u16 cpu);

/* Any other object of a cache; LISTED on its superblock if sb is not 0. Id or 0. */
u32 plain_alloc(struct vfs *v, u32 cache, u32 sb, const struct task *t, bool accounted);
/* One that will live on a list of an lru set (kmem_cache_alloc_lru), charged as t->gfp says. Id or 0. */
u32 plain_lru_alloc(struct vfs *v, u32 cache, u32 set, u32 list, const struct task *t);
/* It is on no list; its memory goes after a grace period. */
void plain_free_rcu(struct vfs *v, u32 id, u16 cpu);
/* The object goes now, whatever refers to it: for traces, where the recording says so. */
void object_free_now(struct vfs *v, u32 id, u16 cpu);
/* For ops->rcu_free with RCU_OBJECT. */
void object_free_rcu_run(struct vfs *v, u32 id, u16 cpu);
/* On and off the superblock's list. */
void super_list_add(struct vfs *v, u32 id);
void super_list_del(struct vfs *v, u32 id);

/* ---- names ---- */

/* A name below parent (0: in the root directory). Id or 0. */
u32 vnode_new(struct vfs *v, u32 sb, u32 parent, bool is_dir, bool exists);
void vnode_free(struct vfs *v, u32 vnode);
/* Path walk: the dentry with a reference, negative if no such file exists; 0 when out of memory. */
u32 vnode_lookup(struct vfs *v, u32 vnode, const struct task *t);
/* open(O_CREAT) or mkdir: like lookup, and the file exists afterwards. */
u32 vnode_create(struct vfs *v, u32 vnode, const struct task *t);
/* unlink or rmdir. False if the walk ran out of memory. */
bool vnode_unlink(struct vfs *v, u32 vnode, const struct task *t);
/* shrink_dcache_parent() for one child of a directory that goes: its dentry, if nobody uses it. */
void vnode_prune(struct vfs *v, u32 vnode, u16 cpu);
/* stat(): lookup and dput. */
bool vnode_stat(struct vfs *v, u32 vnode, const struct task *t);

/* ---- reclaim ---- */

void dentry_kill(struct vfs *v, u32 dentry, bool prune_parents, u16 cpu);
extern const struct shrinker_ops super_shrinker_ops;

extern const struct metric_source vfs_metrics[];

const char *vfs_check(const struct vfs *v);

#endif
