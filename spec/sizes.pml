/* A group that grows from 3 to 5 and shrinks to 3 again, one slot a view [V4, V5, V6].
 *
 * View 1: A, B, C. View 2: D joins, 3: D votes, 4: E joins, 5: E votes. View 6 removes OUT1 and view 7 OUT2. The removed stay where they
 * are, answer on in the views that list them, and coordinate. FROM and TO: the first and the last view of a run. From view 5 on all are alike,
 * so that which of them leave does not matter there. */
#ifndef OUT1
#define OUT1 4
#endif
#ifndef OUT2
#define OUT2 3
#endif
#ifndef FROM
#define FROM 1
#endif
#ifndef TO
#define TO 7
#endif
#define INCARNATIONS 5
#define EPOCHS 7
#define COUNTS(e) voters[e]
#define MAJORITY_OF(e, count) (2 * (count) > COUNT(voters[e])) /* a slot that joins is not counted in n before it votes [V4] */
#define QUORUM(e, m) MAJORITY_OF(e, COUNT((m) & COUNTS(e)))
#include "one_write.pml"

byte newest = FROM;
byte pulled[INCARNATIONS]; /* from whom, by the one that joins, and by each voter after a removal */

/* A view may follow: a quorum of the voters of the one before adopted it; if that one removed a slot, a quorum of its voters has pulled
 * from a quorum of it [V6]. */
#ifdef MUTANT_no_v6
#define COUNTS_AS_ADOPTED(e, i) true
#else
#define COUNTS_AS_ADOPTED(e, i) (epoch[i] >= (e) && ((e) < 6 || PULLED_ENOUGH(e, i)))
#endif
#ifdef MUTANT_removal_pulls_from_one
#define PULLED_ENOUGH(e, i) (pulled[i] != 0)
#elif defined(MUTANT_removal_without_pull)
#define PULLED_ENOUGH(e, i) true
#else
#define PULLED_ENOUGH(e, i) QUORUM(e, pulled[i] | 1 << i) /* its own copy counts */
#endif
#define VOTES_IN(e, i) (HAS(voters[e], i) && COUNTS_AS_ADOPTED(e, i) -> 1 : 0)
#define ADOPTERS(e) (VOTES_IN(e, 0) + VOTES_IN(e, 1) + VOTES_IN(e, 2) + VOTES_IN(e, 3) + VOTES_IN(e, 4))
#define MAY_FOLLOW (newest < TO && MAJORITY_OF(newest, ADOPTERS(newest)))

/* D and E join and turn voting when they have pulled from a majority of n voters, each in an epoch that lists them [V5]. */
#define JOINS(j) \
    :: atomic { newest == 2 * j - 5 && MAY_FOLLOW -> \
        newest++; \
        members[newest] = members[newest - 1] | (1 << j); \
        voters[newest] = voters[newest - 1]; \
        epoch[j] = newest; \
        started++ }
#ifdef MUTANT_joiner_votes_at_once
#define SYNCED(j) true
#else
#define SYNCED(j) QUORUM(newest, pulled[j]) /* it does not vote: its own copy does not count */
#endif
#define TURNS_VOTING(j) \
    :: atomic { newest == 2 * j - 4 && MAY_FOLLOW && SYNCED(j) -> \
        newest++; \
        members[newest] = members[newest - 1]; \
        voters[newest] = members[newest]; \
        pulled[j] = 0 }
#define JOINER_PULLS(j, i) \
    :: atomic { newest == 2 * j - 4 && HAS(voters[newest], i) && epoch[i] == newest && !SYNCED(j) && !HAS(pulled[j], i) -> pull(j, i) }

#define REMOVES(out) \
    :: atomic { newest == (out == OUT1 -> 5 : 6) && MAY_FOLLOW -> \
        newest++; \
        members[newest] = members[newest - 1] & ~(1 << out); \
        voters[newest] = members[newest] }

/* In a view that removed a slot, voter j pulls from voter i; both have adopted it. */
#ifdef MUTANT_removal_pulls_too_early
#define IN_VIEW(i, e) true
#else
#define IN_VIEW(i, e) (epoch[i] == (e))
#endif
#define VOTER_PULLS(j, i) \
    :: atomic { newest == 6 && TO > 6 && IN_VIEW(i, 6) && epoch[j] == 6 && HAS(voters[6], i) && i != j && !HAS(pulled[j], i) && \
                !PULLED_ENOUGH(6, j) -> pull(j, i) }
inline pull(j, i) {
    pulled[j] = pulled[j] | (1 << i);
    pulled[j] = (QUORUM(newest, pulled[j] | (HAS(voters[newest], j) -> 1 << j : 0)) -> members[newest] : pulled[j]);
    version[j] = (version[i] > version[j] -> version[i] : version[j])
}

#define ADOPTS(e, i) :: atomic { e <= newest && e > epoch[i] && i < started && HAS(members[e], i) -> epoch[i] = e }

active proctype Cluster() {
    do
#if FROM < 5
    JOINS(3)
    JOINS(4)
    TURNS_VOTING(3)
    TURNS_VOTING(4)
    EACH_WITH(JOINER_PULLS, 3)
    EACH_WITH(JOINER_PULLS, 4)
    EACH_WITH(ADOPTS, 2)
    EACH_WITH(ADOPTS, 3)
    EACH_WITH(ADOPTS, 4)
    EACH_WITH(ADOPTS, 5)
#endif
#if TO > 5
    REMOVES(OUT1)
    REMOVES(OUT2)
    EACH_WITH(VOTER_PULLS, 0)
    EACH_WITH(VOTER_PULLS, 1)
    EACH_WITH(VOTER_PULLS, 2)
    EACH_WITH(VOTER_PULLS, 3)
    EACH_WITH(VOTER_PULLS, 4)
    EACH_WITH(ADOPTS, 6)
    EACH_WITH(ADOPTS, 7)
#endif
    od
}

init {
    byte i;
    atomic {
        started = (FROM < 5 -> 3 : 5);
        members[FROM] = (1 << started) - 1;
        voters[FROM] = members[FROM];
        do
        :: i < started -> epoch[i] = FROM; i++
        :: else -> break
        od;
        i = 0;
        run_operations()
    }
}
