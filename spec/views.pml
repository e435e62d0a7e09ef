/* Views with amnesia and frozen clones [V2-V6, DESIGN 6].
 *
 * n = 3: A, B and C, and up to two starts. A start replaces an incarnation by an empty one, which joins, pulls and then votes. The
 * incarnation that it replaces stays where it is, answers on in the views that list it, and coordinates. Which view follows is an oracle that
 * obeys V4 to V6; choice.pml shows that there is one. */
#ifndef PUTS
#define PUTS 1
#endif
#ifndef GETS
#define GETS 1
#endif
#ifndef STARTS
#define STARTS 2
#endif
#define INCARNATIONS (3 + STARTS)
#define EPOCHS (1 + 2 * STARTS)
#ifdef MUTANT_joiner_counts
#define COUNTS(e) members[e]
#else
#define COUNTS(e) voters[e]
#endif
#ifdef MUTANT_majority_of_voters
#define QUORUM(e, m) (2 * COUNT((m) & COUNTS(e)) > COUNT(voters[e]))
#else
#define QUORUM(e, m) (COUNT((m) & COUNTS(e)) >= 2)
#endif
#ifdef ONE_WRITE
#include "one_write.pml"
#else
#include "register.pml"
#endif

byte newest = 1;           /* epoch of the newest view */
byte listed[INCARNATIONS]; /* the epoch that admitted an incarnation */
byte pulled[INCARNATIONS]; /* from whom */

/* A view may follow: a quorum of the voters of the one before adopted it [V6]. */
#define VOTES_IN(e, i) (i < started && epoch[i] >= (e) && HAS(voters[e], i) -> 1 : 0)
#define ADOPTERS(e) (VOTES_IN(e, 0) + VOTES_IN(e, 1) + VOTES_IN(e, 2) + VOTES_IN(e, 3) + VOTES_IN(e, INCARNATIONS - 1))
#define MAY_FOLLOW (newest < EPOCHS && ADOPTERS(newest) >= 2)

/* The slot of incarnation i starts again. Only one slot is joining at a time [V4]. */
#ifdef MUTANT_majority_of_voters
#define ONE_JOINS(i) true
#else
#define ONE_JOINS(i) (voters[newest] == members[newest] || !HAS(voters[newest], i))
#endif
#define STARTS_AGAIN(i) \
    :: atomic { i < started && started < INCARNATIONS && MAY_FOLLOW && HAS(members[newest], i) && ONE_JOINS(i) -> start(i) }
inline start(i) {
    newest++;
    members[newest] = (members[newest - 1] & ~(1 << i)) | (1 << started);
    voters[newest] = voters[newest - 1] & ~(1 << i);
#ifdef MUTANT_joiner_votes_at_once
    voters[newest] = members[newest];
#endif
    listed[started] = newest;
    epoch[started] = newest;
    started++
}

/* The joining j pulls from the voter i, which is in an epoch that lists j [V5]. */
#ifdef MUTANT_pull_before_listed
#define LISTS(i, j) true
#else
#define LISTS(i, j) (epoch[i] >= listed[j])
#endif
#define PULLS(j, i) \
    :: atomic { j < started && i < started && HAS(members[newest], j) && !HAS(voters[newest], j) && HAS(voters[epoch[i]], i) && \
                !HAS(pulled[j], i) && LISTS(i, j) -> \
        pulled[j] = pulled[j] | (1 << i); \
        version[j] = (version[i] > version[j] -> version[i] : version[j]) }

/* It has pulled from a majority of n: it turns voting. */
#ifdef MUTANT_pull_from_one
#define SYNCED(j) (pulled[j] != 0)
#elif defined(MUTANT_majority_of_voters)
#define SYNCED(j) (2 * COUNT(pulled[j]) > COUNT(voters[newest]))
#else
#define SYNCED(j) (COUNT(pulled[j]) >= 2)
#endif
#define TURNS_VOTING(j) \
    :: atomic { j < started && MAY_FOLLOW && HAS(members[newest], j) && !HAS(voters[newest], j) && SYNCED(j) -> \
        newest++; \
        members[newest] = members[newest - 1]; \
        voters[newest] = voters[newest - 1] | (1 << j) }

#define ADOPTS(e, i) :: atomic { i < started && e <= newest && e > epoch[i] && HAS(members[e], i) -> epoch[i] = e }

active proctype Cluster() {
    do
    EACH(STARTS_AGAIN)
    EACH(TURNS_VOTING)
    EACH_WITH(PULLS, 3)
    EACH_WITH(ADOPTS, 2)
    EACH_WITH(ADOPTS, 3)
#if STARTS > 1
    EACH_WITH(PULLS, 4)
    EACH_WITH(ADOPTS, 4)
    EACH_WITH(ADOPTS, 5)
#endif
    od
}

init {
    atomic {
        members[1] = 7;
        voters[1] = 7;
        started = 3;
        epoch[0] = 1;
        epoch[1] = 1;
        epoch[2] = 1;
        run_operations()
    }
}
