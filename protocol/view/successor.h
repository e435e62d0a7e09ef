/* Which view may follow which: one slot a view [V4, V6]. Asked by the proposer, and by every acceptor of a proposal. */
#ifndef AVO_VIEW_SUCCESSOR_H
#define AVO_VIEW_SUCCESSOR_H

#include "protocol/view/view.h"

/* Whether `next` may follow `view` in generation `generation`: the same cluster and limits, the next epoch, and one change:
 *   - a slot has a new incarnation, that of this epoch, which joins; or a slot is new so;
 *   - a member that was joining votes; a slot that is new in the group counts from then on;
 *   - a slot is gone, and the group is smaller by it unless a joining member takes its place;
 *   - the policy is another.
 * Every other member is what it was. Both views keep the rules of avo_view_read. */
AVO_MUST_USE bool avo_view_follows(const struct avo_view *view, uint64_t generation, const struct avo_view *next);

/* What the successor of `view` begins as: nothing is changed yet but epoch and generation. */
struct avo_view avo_view_successor(const struct avo_view *view, uint64_t generation);
/* The changes. `member` is listed with the successor's epoch as incarnation, and joins. */
void avo_view_admit(struct avo_view *next, const struct avo_member *member);
/* The joining member of `slot` votes. */
void avo_view_promote(struct avo_view *next, uint8_t slot);
/* The member of `slot` is gone. */
void avo_view_remove(struct avo_view *next, uint8_t slot);
/* [V4] Whether at least a quorum votes; below it nobody may adopt the view. */
AVO_MUST_USE bool avo_view_quorum_votes(const struct avo_view *view);

#endif
