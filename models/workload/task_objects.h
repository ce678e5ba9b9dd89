/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a task takes from caches that have no model of their own (task_struct, vm_area_struct, filp, accounted
 * kmallocs, ...) and holds until it exits: the key `objects` of workloads.
 */
#ifndef MODELS_WORKLOAD_TASK_OBJECTS_H
#define MODELS_WORKLOAD_TASK_OBJECTS_H

#include "workload/workload.h"

extern const struct param_table task_objects_table; /* of an item of the list */

/* Of a task, or of several. All zeroes: it has none. */
struct task_objects {
	u32 *held; /* ids (memcg/plain_object.h) */
	u32 n, cap;
	u32 item; /* of the list: where it is */
	u32 todo; /* objects of that item */
	bool begun;
};

/* The caches of a list, made where they are not there: an id an item, to be freed; NULL when out of memory. */
u32 *task_objects_caches(struct workload *w, const struct param_list *list);
/* Objects that a task of a list has on average. */
double task_objects_mean(const struct param_list *list);
/* One more object. False: the task has all of the list. */
bool task_objects_next(struct workload *w, const struct param_list *list, const u32 *caches,
		       struct task_objects *o, struct rng *rng, const struct task *t);
/* Another task of the same owner begins with the list. */
static inline void task_objects_again(struct task_objects *o)
{
	o->item = o->todo = 0;
	o->begun = false;
}
/* The tasks exit: what nobody else keeps (leave) is freed. */
void task_objects_exit(struct workload *w, struct task_objects *o, u16 cpu);
/* At the end of the run. */
void task_objects_destroy(struct task_objects *o);

#endif
