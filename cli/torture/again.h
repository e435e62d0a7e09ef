/* Nodes that a fault ended are started again: `avocado node start SLOT --wait`, a process of its own, so that other faults go on
 * meanwhile. One node at a time is without its data: the next one ends only when the former votes again, so a majority that has
 * every acknowledged write always lives. */
#ifndef AVO_CLI_TORTURE_AGAIN_H
#define AVO_CLI_TORTURE_AGAIN_H

#include "cli/torture/fault.h"

/* Whether `node` may be ended now: it runs, and so do all others, with all their data; and where regions are tampered with, it is
 * the one whose copies of values count for nothing. */
bool avo_again_may_end(struct avo_fault_scene *scene, unsigned node);
/* Its processes were told to end. */
void avo_again_ended(struct avo_fault_scene *scene, unsigned node);
/* It may come back: it does when its processes are gone. */
void avo_again_start(struct avo_fault_scene *scene);
/* Time passed. */
void avo_again_look(struct avo_fault_scene *scene);
/* Waits until the node that was ended last votes again. False: it does not; `why` says what was said. */
AVO_MUST_USE bool avo_again_wait(struct avo_fault_scene *scene, struct avo_why *why);

#endif
