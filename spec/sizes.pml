/* A group that grows from 3 to 5 and shrinks to 3 again, one slot a view [V4, V5, V6].
 *
 * View 1: A, B, C. View 2: D joins, 3: D votes, 4: E joins, 5: E votes. View 6 removes OUT1 and view 7 OUT2. The removed stay where they
 * are, answer on in the views that list them, and coordinate. FROM and TO: the first and the last view of a run. From view 5 on all are alike,
 * so that which of them leave does not matter there.
 *
 * BACK: 3 to 4 and back to 3. View 2: D joins, 3: D votes, 4: C leaves. A write of view 2 may have two copies, and D none of it. So a
 * quorum of view 3 pulls before n shrinks, as after a removal; and C does not leave before D votes, when n has not grown yet [V6, V7]. */
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
#ifdef BACK
#define INCARNATIONS 4
#define EPOCHS 4
#else
#define INCARNATIONS 5
#define EPOCHS 7
#endif
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
#elif defined(BACK)
#define COUNTS_AS_ADOPTED(e, i) (epoch[i] >= (e) && ((e) != 3 || GREW_ENOUGH(e, i)))
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
#if defined(MUTANT_growth_without_pull) || defined(MUTANT_voter_leaves_while_slot_joins)
#define GREW_ENOUGH(e, i) true
#else
#define GREW_ENOUGH(e, i) PULLED_ENOUGH(e, i)
#endif
#define VOTES_IN(e, i) (HAS(voters[e], i) && COUNTS_AS_ADOPTED(e, i) -> 1 : 0)
#ifdef BACK
#define ADOPTERS(e) (VOTES_IN(e, 0) + VOTES_IN(e, 1) + VOTES_IN(e, 2) + VOTES_IN(e, 3))
#else
#define ADOPTERS(e) (VOTES_IN(e, 0) + VOTES_IN(e, 1) + VOTES_IN(e, 2) + VOTES_IN(e, 3) + VOTES_IN(e, 4))
#endif
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

/* BACK: D votes once it has pulled, C leaves once D votes. */
#define IS_NEW(e) (HAS(members[e], 3) && !HAS(voters[e], 3))
#define D_VOTES \
    :: atomic { newest < TO && IS_NEW(newest) && MAY_FOLLOW && SYNCED(3) -> \
        newest++; \
        members[newest] = members[newest - 1]; \
        voters[newest] = members[newest]; \
        pulled[3] = 0 }
#ifdef MUTANT_voter_leaves_while_slot_joins
#define MAY_LEAVE (newest >= 2)
#else
#define MAY_LEAVE (newest >= 2 && !IS_NEW(newest))
#endif
#define C_LEAVES \
    :: atomic { newest < TO && MAY_LEAVE && HAS(members[newest], 2) && MAY_FOLLOW -> \
        newest++; \
        members[newest] = members[newest - 1] & ~4; \
        voters[newest] = voters[newest - 1] & ~4 }
#define D_PULLS(j, i) \
    :: atomic { newest >= 2 && IS_NEW(newest) && HAS(voters[newest], i) && epoch[i] >= 2 && !SYNCED(j) && !HAS(pulled[j], i) -> pull(j, i) }
#define GROWN_PULLS(j, i) \
    :: atomic { newest == 3 && HAS(voters[3], 3) && epoch[i] == 3 && epoch[j] == 3 && i != j && !HAS(pulled[j], i) && \
                !GREW_ENOUGH(3, j) -> pull(j, i) }

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
#ifdef BACK
    JOINS(3)
    D_VOTES
    C_LEAVES
    EACH_WITH(D_PULLS, 3)
    EACH_WITH(GROWN_PULLS, 0)
    EACH_WITH(GROWN_PULLS, 1)
    EACH_WITH(GROWN_PULLS, 2)
    EACH_WITH(GROWN_PULLS, 3)
    EACH_WITH(ADOPTS, 2)
    EACH_WITH(ADOPTS, 3)
    EACH_WITH(ADOPTS, 4)
#elif FROM < 5
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
