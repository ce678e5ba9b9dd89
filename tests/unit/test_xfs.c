// SPDX-License-Identifier: GPL-3.0-or-later
/* Inodes of XFS below the VFS, its log and buffers, the disk, and dirty pages (KERNEL_FACTS 1.8). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "kernel_rig.h"
#include "xfs/internal.h"

#define MS NSEC_PER_MSEC

static const struct task root_task = {.memcg = ROOT_MEMCG};

/* One node; a disk of 100 requests a second and 1 MB/s. */
static void start(struct rig *r, const char *row, bool disk)
{
	rig_spec(r, row, 1, 2, 512, NULL);
	if (disk)
		r->spec.machine.disk = (struct disk_spec){
			.present = true, .iops = 100, .bandwidth = 1e6, .latency = 15 * MS};
	assert_int_equal(rig_start(r), 0);
}

static void assert_sound(const struct rig *r)
{
	const char *why = kernel_check(&r->k);

	if (why)
		fail_msg("%s", why);
	assert_int_equal(r->e.failed, 0);
}

static void stop(struct rig *r)
{
	assert_sound(r);
	rig_destroy(r);
}

static u32 mount(struct rig *r)
{
	u32 sb = vfs_mount(&r->k.vfs, FS_XFS, &root_task);

	assert_true(sb);
	return sb;
}

static u32 make_file(struct rig *r, u32 sb)
{
	u32 vnode = vnode_new(&r->k.vfs, sb, 0, false, false);
	u32 dentry = vnode_create(&r->k.vfs, vnode, &root_task);

	assert_true(dentry);
	dput(&r->k.vfs, dentry, 0);
	return vnode;
}

/* Its inode is evicted and dirty: made and deleted. */
static u32 make_gone(struct rig *r, u32 sb)
{
	u32 vnode = make_file(r, sb);

	assert_true(vnode_unlink(&r->k.vfs, vnode, &root_task));
	return vnode;
}

static u32 waiting(const struct rig *r, u32 sb)
{
	return super_at(&r->k.vfs, sb)->nr_reclaimable;
}

static void free_cached(struct rig *r, u32 sb, u64 n)
{
	r->k.xfs.ops.free_cached(&r->k.xfs, sb, n, &root_task);
}

/* ---- the disk ---- */

static void a_request_takes_a_seek_and_its_bytes_unless_it_goes_on(void **state)
{
	struct rig r;
	struct disk *d = &r.k.m.disk;

	(void)state;
	start(&r, "v4.18", true);
	/* 10 ms and 1 ms; who asked sees 15 ms at least */
	assert_int_equal(disk_submit(d, IO_READ, 4096, 1000), 15 * MS);
	assert_int_equal(d->busy_until, 11 * MS);
	/* goes on where the last one ended: no seek, and no latency */
	assert_int_equal(disk_submit(d, IO_READ, 5096, 1000), 12 * MS);
	/* behind those two; somewhere else */
	assert_int_equal(disk_submit(d, IO_WRITE, 4096, 2000), 27 * MS);
	assert_int_equal(d->busy_until, 24 * MS);
	assert_int_equal(disk_submit(d, IO_WRITE, DISK_SOMEWHERE, 0), 39 * MS);
	assert_int_equal(d->requests, 4);
	assert_int_equal(d->seeks, 3);
	assert_int_equal(d->bytes_read, 2000);
	assert_int_equal(d->bytes_written, 2000);
	stop(&r);
	start(&r, "v4.18", false);
	assert_int_equal(disk_submit(d, IO_READ, 4096, 1000), 0);
	assert_int_equal(d->requests, 0);
	stop(&r);
}

static void note_time(void *ctx, u64 arg)
{
	const struct rig *r = ctx;

	*(u64 *)(uintptr_t)arg = r->e.now;
}

static void whoever_waits_pays_one_request_after_the_other(void **state)
{
	struct rig r;
	struct disk *d = &r.k.m.disk;
	struct io_waiter w = {.disk = d};
	u64 done = 0;

	(void)state;
	start(&r, "v4.18", true);
	assert_true(io_owes_nothing(d));
	/* two neighbouring parts of a file are one request: 10 + 2 ms, seen as 15 */
	io_owe_file(d, 1 << 20, 1000);
	io_owe_file(d, (1 << 20) + 1000, 1000);
	/* and two more here and there: 11 ms each, seen as 15 */
	io_owe(d, IO_OWN, DISK_SOMEWHERE, 1000);
	io_owe(d, IO_RECLAIM, DISK_SOMEWHERE, 1000);
	assert_false(io_owes_nothing(d));
	io_wait(&w, 5 * MS, note_time, &r, (u64)(uintptr_t)&done);
	assert_true(io_owes_nothing(d));
	rig_settle(&r);
	assert_int_equal(done, (5 + 15 + 15 + 15) * MS);
	assert_int_equal(w.waited[IO_OWN], 30 * MS);
	assert_int_equal(w.waited[IO_RECLAIM], 15 * MS);
	/* what an event owed and nobody took is void with the next one */
	io_owe(d, IO_OWN, DISK_SOMEWHERE, 1000);
	engine_after(&r.e, 0, note_time, &r, (u64)(uintptr_t)&done);
	rig_settle(&r);
	assert_true(io_owes_nothing(d));
	stop(&r);
}

static void a_semaphore_is_held_while_reclaim_waits(void **state)
{
	struct rig r;
	struct disk *d = &r.k.m.disk;
	struct io_sem sem = {.free = 1};
	struct io_waiter w[3];
	u64 done[3] = {0};

	(void)state;
	start(&r, "v4.18", true);
	for (u32 i = 0; i < 3; i++) {
		w[i] = (struct io_waiter){.disk = d};
		/* only the first has something to write; the others wait for it all the same */
		if (!i)
			io_owe(d, IO_RECLAIM, DISK_SOMEWHERE, 0);
		io_owe_sem(d, &sem);
		io_wait(&w[i], 0, note_time, &r, (u64)(uintptr_t)&done[i]);
	}
	rig_settle(&r);
	for (u32 i = 0; i < 3; i++)
		assert_int_equal(done[i], 15 * MS);
	assert_int_equal(w[2].waited[IO_RECLAIM], 15 * MS);
	assert_int_equal(sem.free, 1);
	assert_null(sem.first);
	stop(&r);
}

/* ---- inodes that the VFS has evicted ---- */

static void who_reclaims_a_dirty_inode_waits_up_to_5_8(void **state)
{
	struct rig r;
	u32 sb;

	(void)state;
	start(&r, "v5.3", true);
	sb = mount(&r);
	for (u32 i = 0; i < 40; i++)
		make_gone(&r, sb);
	assert_int_equal(waiting(&r, sb), 40);
	assert_int_equal(r.k.xfs.dirty_inodes, 40);
	/* a lookup of 32 inodes, of clusters 0 (numbers 1 to 31) and 1: the log once, and both clusters */
	free_cached(&r, sb, 1);
	assert_int_equal(waiting(&r, sb), 8);
	assert_int_equal(r.k.xfs.sync_writes, 2);
	assert_int_equal(r.k.xfs.log_forces, 1);
	assert_int_equal(r.k.m.disk.debt[IO_RECLAIM].requests, 3);
	/* a cluster is written as a whole: the others are clean now */
	assert_int_equal(r.k.xfs.dirty_inodes, 0);
	free_cached(&r, sb, 8);
	assert_int_equal(waiting(&r, sb), 0);
	assert_int_equal(r.k.xfs.sync_writes, 2);
	stop(&r);
}

static void from_5_9_on_it_is_passed_over(void **state)
{
	struct rig r;
	u32 sb;

	(void)state;
	start(&r, "v5.9", true);
	sb = mount(&r);
	for (u32 i = 0; i < 40; i++)
		make_gone(&r, sb);
	free_cached(&r, sb, 64);
	assert_int_equal(waiting(&r, sb), 40);
	assert_int_equal(r.k.xfs.skipped, 40);
	assert_int_equal(r.k.xfs.sync_writes, 0);
	/* but xfsaild was told to write them, and its own worker frees them after 5 s */
	rig_run_until(&r, NSEC_PER_SEC);
	assert_int_equal(r.k.xfs.dirty_inodes, 0);
	assert_int_equal(r.k.xfs.cluster_writes, 2);
	rig_run_until(&r, 6 * NSEC_PER_SEC);
	assert_int_equal(waiting(&r, sb), 0);
	stop(&r);
}

static void nobody_asks_and_the_log_worker_writes_after_30_s(void **state)
{
	struct rig r;
	u32 sb;

	(void)state;
	start(&r, "v5.3", true);
	sb = mount(&r);
	make_gone(&r, sb);
	rig_run_until(&r, 29 * NSEC_PER_SEC);
	assert_int_equal(r.k.xfs.dirty_inodes, 1);
	assert_int_equal(waiting(&r, sb), 1);
	rig_run_until(&r, 31 * NSEC_PER_SEC);
	assert_int_equal(r.k.xfs.dirty_inodes, 0);
	rig_settle(&r);
	assert_int_equal(waiting(&r, sb), 0);
	stop(&r);
}

static void the_next_file_of_that_number_takes_the_inode_back(void **state)
{
	struct rig r;
	u32 sb, vnode;
	s64 inodes;
	u64 reads;

	(void)state;
	start(&r, "v5.3", true);
	sb = mount(&r);
	vnode = make_gone(&r, sb);
	assert_int_equal(waiting(&r, sb), 1);
	inodes = r.k.vfs.inodes.level;
	reads = r.k.xfs.reads;
	dput(&r.k.vfs, vnode_create(&r.k.vfs, vnode, &root_task), 0);
	assert_int_equal(waiting(&r, sb), 0);
	assert_int_equal(r.k.vfs.inodes.level, inodes + 1);
	assert_int_equal(r.k.xfs.recycled, 1);
	assert_int_equal(r.k.xfs.reads, reads);
	stop(&r);
}

static void a_full_log_lets_nobody_in_until_it_is_written(void **state)
{
	struct rig r;
	u32 sb;

	(void)state;
	start(&r, "v5.3", true);
	sb = mount(&r);
	super_at(&r.k.vfs, sb)->log_bytes = 100 * 512;
	for (u32 i = 0; i < 90; i++)
		make_file(&r, sb);
	/* above three quarters xfsaild begins */
	assert_true(mount_at(&r.k.xfs, 1)->pushing);
	assert_false(super_log_full(&r.k.vfs, sb));
	for (u32 i = 0; i < 60; i++)
		make_file(&r, sb);
	assert_true(super_log_full(&r.k.vfs, sb));
	rig_run_until(&r, NSEC_PER_SEC);
	assert_false(super_log_full(&r.k.vfs, sb));
	stop(&r);
}

static void umount_leaves_nothing(void **state)
{
	struct rig r;
	u32 sb;

	(void)state;
	start(&r, "v5.3", true);
	sb = mount(&r);
	for (u32 i = 0; i < 50; i++)
		i & 1 ? make_gone(&r, sb) : make_file(&r, sb);
	vfs_umount(&r.k.vfs, sb, &root_task);
	assert_int_equal(r.k.xfs.dirty_inodes, 0);
	assert_int_equal(r.k.xfs.bufs.live, 0);
	rig_settle(&r);
	assert_int_equal(r.k.vfs.inodes.level, 0);
	stop(&r);
}

static void who_waits_in_a_group_goes_on_after_umount(void **state)
{
	struct rig r;
	struct io_waiter w[XFS_AG_COUNT + 1];
	u64 done[XFS_AG_COUNT + 1] = {0};
	u32 sb;

	(void)state;
	start(&r, "v5.3", true);
	sb = mount(&r);
	for (u32 i = 0; i < 200; i++)
		make_gone(&r, sb);
	/* what making them owed is void with the next event */
	engine_after(&r.e, 0, note_time, &r, (u64)(uintptr_t)&done[0]);
	rig_run_until(&r, MS);
	for (u32 i = 0; i < XFS_AG_COUNT + 1; i++) {
		w[i] = (struct io_waiter){.disk = &r.k.m.disk};
		free_cached(&r, sb, 1);
		io_wait(&w[i], 0, note_time, &r, (u64)(uintptr_t)&done[i]);
	}
	rig_run_until(&r, 5 * MS);
	vfs_umount(&r.k.vfs, sb, &root_task);
	rig_settle(&r);
	for (u32 i = 0; i < XFS_AG_COUNT + 1; i++)
		assert_in_range(done[i], 5 * MS, NSEC_PER_SEC * 60);
	stop(&r);
}

static void an_inode_that_is_logged_all_the_time_holds_up_nothing(void **state)
{
	struct rig r;
	u32 sb, vnode;
	u64 now = 0;

	(void)state;
	start(&r, "v5.3", true);
	sb = mount(&r);
	super_at(&r.k.vfs, sb)->log_bytes = 1 << 20;
	vnode = make_file(&r, sb);
	for (u32 i = 0; i < 320; i++)
		make_file(&r, sb);
	ail_push_all(&r.k.xfs, 1);
	for (u32 i = 0; i < 1000; i++) {
		rig_run_until(&r, now += 5 * MS);
		inode_logged(&r.k.vfs, vnode_at(&r.k.vfs, vnode)->inode);
	}
	assert_in_range(r.k.xfs.cluster_writes, 10, 20);
	rig_run_until(&r, now + NSEC_PER_SEC);
	/* alone it is no reason for the log to fill */
	for (u32 i = 0; i < 4096; i++)
		inode_logged(&r.k.vfs, vnode_at(&r.k.vfs, vnode)->inode);
	assert_false(super_log_full(&r.k.vfs, sb));
	stop(&r);
}

/* ---- buffers ---- */

static void a_buffer_survives_two_rounds_of_its_shrinker(void **state)
{
	struct rig r;
	const struct xfs_mount *m;
	u32 sb;

	(void)state;
	start(&r, "v5.3", true);
	sb = mount(&r);
	make_file(&r, sb);
	m = mount_at(&r.k.xfs, 1);
	assert_int_equal(m->nr_bufs, 2); /* an inode cluster, a directory block */
	for (u32 round = 0; round < 2; round++)
		assert_int_equal(
			xfs_buf_shrinker_ops.scan(&r.k.xfs, m->shrinker, 0, 0, 2, &root_task), 0);
	assert_int_equal(xfs_buf_shrinker_ops.scan(&r.k.xfs, m->shrinker, 0, 0, 2, &root_task), 2);
	assert_int_equal(m->nr_bufs, 0);
	/* the inode is dirty: before it can be written its cluster must be read */
	ail_push_all(&r.k.xfs, 1);
	rig_run_until(&r, NSEC_PER_SEC);
	assert_int_equal(r.k.xfs.rmw_reads, 1);
	assert_int_equal(r.k.xfs.cluster_writes, 1);
	stop(&r);
}

static void from_5_9_on_dirty_inodes_keep_their_buffer(void **state)
{
	struct rig r;
	u32 sb, shrinker;

	(void)state;
	start(&r, "v5.9", true);
	sb = mount(&r);
	make_file(&r, sb);
	shrinker = mount_at(&r.k.xfs, 1)->shrinker;
	for (u32 round = 0; round < 5; round++)
		xfs_buf_shrinker_ops.scan(&r.k.xfs, shrinker, 0, 0, 2, &root_task);
	assert_int_equal(mount_at(&r.k.xfs, 1)->nr_bufs, 1);
	stop(&r);
}

/* ---- dirty pages ---- */

static u32 open_and_write(struct rig *r, u32 sb, u32 pages, u32 *dentry)
{
	u32 vnode = vnode_new(&r->k.vfs, sb, 0, false, false), mapping;

	*dentry = vnode_create(&r->k.vfs, vnode, &root_task);
	mapping = inode_mapping(&r->k.pages, obj(&r->k.vfs, *dentry)->peer);
	assert_int_equal(page_cache_write(&r->k.pages, mapping, 0, pages, &root_task), pages);
	return mapping;
}

static void what_was_written_is_on_the_disk_after_30_s(void **state)
{
	struct rig r;
	u32 dentry, inode;

	(void)state;
	start(&r, "v4.18", true);
	open_and_write(&r, mount(&r), 10, &dentry);
	inode = obj(&r.k.vfs, dentry)->peer;
	/* new pages are not read */
	assert_int_equal(r.k.m.disk.bytes_read, 0);
	assert_int_equal(r.k.pages.dirty.level, 10);
	assert_true(obj(&r.k.vfs, inode)->flags & OBJ_DIRTY);
	assert_sound(&r);
	/* its dentry goes; a dirty inode is on no LRU */
	dput(&r.k.vfs, dentry, 0);
	dentry_kill(&r.k.vfs, dentry, true, 0);
	assert_false(obj(&r.k.vfs, inode)->flags & OBJ_ON_LRU);
	rig_run_until(&r, 29 * NSEC_PER_SEC);
	assert_int_equal(r.k.pages.dirty.level, 10);
	rig_run_until(&r, 36 * NSEC_PER_SEC);
	assert_int_equal(r.k.pages.dirty.level, 0);
	assert_int_equal(r.k.pages.written, 10);
	assert_true(obj(&r.k.vfs, inode)->flags & OBJ_ON_LRU);
	stop(&r);
}

static void a_deleted_file_is_never_written(void **state)
{
	struct rig r;
	u32 sb, vnode, dentry, mapping;

	(void)state;
	start(&r, "v4.18", true);
	sb = mount(&r);
	vnode = vnode_new(&r.k.vfs, sb, 0, false, false);
	dentry = vnode_create(&r.k.vfs, vnode, &root_task);
	mapping = inode_mapping(&r.k.pages, obj(&r.k.vfs, dentry)->peer);
	assert_int_equal(page_cache_write(&r.k.pages, mapping, 0, 100, &root_task), 100);
	dput(&r.k.vfs, dentry, 0);
	vnode_unlink(&r.k.vfs, vnode, &root_task);
	assert_int_equal(r.k.pages.dirty.level, 0);
	rig_run_until(&r, 60 * NSEC_PER_SEC);
	assert_int_equal(r.k.pages.written, 0);
	stop(&r);
}

static void reclaim_leaves_dirty_pages_to_the_flusher(void **state)
{
	struct rig r;
	u32 dentry, mapping;

	(void)state;
	start(&r, "v4.18", true);
	mapping = open_and_write(&r, mount(&r), 64, &dentry);
	assert_int_equal(page_list_evict(&r.k.pages, ROOT_MEMCG, 0, 64), 0);
	assert_int_equal(mapping_at(&r.k.pages, mapping)->pages, 64);
	assert_int_equal(mapping_invalidate(&r.k.pages, mapping), 0);
	rig_run_until(&r, 40 * NSEC_PER_SEC);
	assert_int_equal(mapping_invalidate(&r.k.pages, mapping), 64);
	assert_sound(&r);
	dput(&r.k.vfs, dentry, 0);
	stop(&r);
}

static void above_a_tenth_the_flusher_runs_and_above_a_fifth_writers_wait(void **state)
{
	struct rig r;
	u64 all;
	u32 dentry;

	(void)state;
	start(&r, "v4.18", true);
	all = (u64)r.k.m.pages.free.level;
	open_and_write(&r, mount(&r), (u32)(all / 11), &dentry);
	assert_false(r.k.pages.flusher_runs);
	open_and_write(&r, 1, (u32)(all / 40), &dentry);
	assert_true(r.k.pages.flusher_runs);
	assert_false(page_cache_must_wait(&r.k.pages, ROOT_MEMCG));
	open_and_write(&r, 1, (u32)(all / 10), &dentry);
	assert_true(page_cache_must_wait(&r.k.pages, ROOT_MEMCG));
	/* a request at a time, until it is a tenth again; the rest waits for its 30 s */
	rig_run_until(&r, 29 * NSEC_PER_SEC);
	assert_int_not_equal(r.k.pages.written, 0);
	assert_sound(&r);
	rig_destroy(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_takes_a_seek_and_its_bytes_unless_it_goes_on),
		cmocka_unit_test(whoever_waits_pays_one_request_after_the_other),
		cmocka_unit_test(a_semaphore_is_held_while_reclaim_waits),
		cmocka_unit_test(who_reclaims_a_dirty_inode_waits_up_to_5_8),
		cmocka_unit_test(from_5_9_on_it_is_passed_over),
		cmocka_unit_test(nobody_asks_and_the_log_worker_writes_after_30_s),
		cmocka_unit_test(the_next_file_of_that_number_takes_the_inode_back),
		cmocka_unit_test(a_full_log_lets_nobody_in_until_it_is_written),
		cmocka_unit_test(umount_leaves_nothing),
		cmocka_unit_test(who_waits_in_a_group_goes_on_after_umount),
		cmocka_unit_test(an_inode_that_is_logged_all_the_time_holds_up_nothing),
		cmocka_unit_test(a_buffer_survives_two_rounds_of_its_shrinker),
		cmocka_unit_test(from_5_9_on_dirty_inodes_keep_their_buffer),
		cmocka_unit_test(what_was_written_is_on_the_disk_after_30_s),
		cmocka_unit_test(a_deleted_file_is_never_written),
		cmocka_unit_test(reclaim_leaves_dirty_pages_to_the_flusher),
		cmocka_unit_test(above_a_tenth_the_flusher_runs_and_above_a_fifth_writers_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
