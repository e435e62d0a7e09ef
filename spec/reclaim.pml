/* A tombstone is reclaimed by a configuration, while replicas catch up [DESIGN 8].
 *
 * One key, three voters; optionally one that starts again. An old put and a delete are under way in configuration 1. Beside them run a newer
 * put, a read-modify-write (RMW) and gets. Any voter may freeze and, with FROZEN from every member, have the next configuration chosen that
 * drops the tombstone; or have an empty one chosen. That only one follows is choice.pml's. A register may be sent to others at any time, as
 * catching up does. A WRITE that was ever sent in a configuration may arrive at any time at whom is in that configuration.
 *
 * Adopting a reclaim [DESIGN 8]: (a) the tasks that the tombstone covers end, and gets drop their pins; (b) registers that still are the
 * tombstone go; (c) the other tasks start again.
 *
 * Versions in their order: NEW is of an RMW on the absent key, below each put. Their ranks are the order in which they may be read.
 * Checked, for each answer: it is not older than what was confirmed when its operation began. So no deleted value comes back, and no
 * acknowledged write is lost. */
#define NEW 1
#define OLD 2
#define TOMB 3
#define RMW 4
#define PUT 5
#define RANK(v) ((v) == 0 -> (reclaim != 0 -> 2 : 0) : ((v) == OLD -> 1 : ((v) == TOMB -> 2 : ((v) == NEW -> 3 : (v)))))
#ifdef RESTART
#define INCARNATIONS 4
#define EACH(of) of(0) of(1) of(2) of(3)
#else
#define INCARNATIONS 3
#define EACH(of) of(0) of(1) of(2)
#endif
#ifndef CONFIGURATIONS
#define CONFIGURATIONS 3
#endif
#define COUNT(m) (((m) & 1) + ((m) >> 1 & 1) + ((m) >> 2 & 1) + ((m) >> 3 & 1))
#define HAS(m, i) (((m) >> (i) & 1) == 1)
#define QUORUM(c, m) (COUNT((m) & voters[c]) >= 2)

byte members[CONFIGURATIONS + 1], voters[CONFIGURATIONS + 1];
byte newest = 1;                      /* the newest configuration that was chosen */
byte reclaim;                         /* the configuration that drops the tombstone, or 0 */
byte at[INCARNATIONS];                /* the configuration that an incarnation adopted; 0: not started */
byte version[INCARNATIONS];           /* its register; 0: absent */
byte accepted[INCARNATIONS];          /* the configuration of the proposal that it accepted; 0: none */
byte froze;                           /* who said FROZEN in the newest configuration, by bits */
byte stiff;                           /* who takes no PREPARE, ACCEPT and SETTLE */
byte pulled;
byte confirmed;                       /* rank of what was acknowledged or read */
byte sent[6];                         /* by version: in which configurations a replica, a get or its own task sent it */
byte round, heard;                    /* of the newer put: its configuration, and who acknowledged in it */
byte decided;                         /* the configuration in which the RMW was decided; 0: not */

#define DROPPED(from, to) (reclaim > (from) && reclaim <= (to))
#define CONFIRM(v) confirmed = (RANK(v) > confirmed -> RANK(v) : confirmed)
#define PROPOSAL(c) (reclaim != 0 && (c) >= reclaim -> NEW : RMW) /* the version that an RMW has in configuration c */
#define FLAG(i) (accepted[i] != 0 && PROPOSAL(accepted[i]) > version[i])

/* The tasks of the old put, the delete and a decided RMW send in every configuration that comes, up to the reclaim that covers them: there
 * they end, before anything else starts again (a). */
#ifdef MUTANT_old_tasks_go_on
#define LIVES(since, c) true
#else
#define LIVES(since, c) (!DROPPED(since, c))
#endif
#define TASK_SENDS(v, c) \
    (((v) == OLD || (v) == TOMB) && LIVES(1, c) || SETTLES(v) && decided != 0 && (v) == PROPOSAL(decided) && (c) >= decided && LIVES(decided, c))
#ifdef MUTANT_transfer_outlives_its_task
#define TAKES(v, i) (at[i] != 0 && (sent[v] != 0 || TASK_SENDS(v, 1)))
#else
#define TAKES(v, i) (at[i] != 0 && (HAS(sent[v], at[i]) || TASK_SENDS(v, at[i]))) /* what began in another configuration is discarded */
#endif

/* --- replicas */

#define SETTLES(v) ((v) == RMW || (v) == NEW)
#define ARRIVES(v, i) \
    :: atomic { TAKES(v, i) && !(SETTLES(v) && HAS(stiff, i)) && (version[i] < v || SETTLES(v) && accepted[i] != 0) -> \
        version[i] = (v > version[i] -> v : version[i]); \
        accepted[i] = (SETTLES(v) -> 0 : accepted[i]) }
/* The newer put is acknowledged also where it changes nothing. */
#define PUT_ARRIVES(i) \
    :: atomic { TAKES(PUT, i) && (version[i] < PUT || at[i] == round && !HAS(heard, i)) -> \
        version[i] = PUT; \
        heard = (at[i] == round -> heard | (1 << i) : heard) }

/* Catching up: a register goes to others as a WRITE, in the sender's configuration. */
#define CATCHES_UP(i) \
    :: atomic { at[i] != 0 && version[i] != 0 && !HAS(sent[version[i]], at[i]) && !TASK_SENDS(version[i], at[i]) -> sent[version[i]] = sent[version[i]] | (1 << at[i]) }

#ifdef MUTANT_freeze_with_accepted
#define NOTHING_ACCEPTED(i) true
#else
#define NOTHING_ACCEPTED(i) (accepted[i] == 0)
#endif
#define FREEZES(i) \
    :: atomic { reclaim == 0 && newest < CONFIGURATIONS && at[i] == newest && voters[newest] == members[newest] && HAS(members[newest], i) && \
                !HAS(froze, i) && version[i] == TOMB && NOTHING_ACCEPTED(i) -> \
        froze = froze | (1 << i); \
        stiff = stiff | (1 << i) }

#define ADOPTS(i) :: atomic { at[i] != 0 && at[i] < newest && HAS(members[newest], i) -> adopt(i) }
inline adopt(i) {
    stiff = stiff & ~(1 << i);
    if
#ifdef MUTANT_skipped_reclaim_missed
    :: reclaim == newest ->
#elif defined(MUTANT_drop_after_adoption)
    :: false ->
#else
    :: DROPPED(at[i], newest) -> /* also one that it skips: it asks the others for the last nonempty one */
#endif
        drop(i)
    :: else
    fi;
    at[i] = newest
}
inline drop(i) {
#ifdef MUTANT_newer_put_dropped
    version[i] = 0;
#else
    version[i] = (version[i] == TOMB -> 0 : version[i]);
#endif
    accepted[i] = 0
}
#ifdef MUTANT_drop_after_adoption
#define DROPS(i) :: atomic { reclaim != 0 && at[i] >= reclaim && version[i] == TOMB -> drop(i) }
#else
#define DROPS(i)
#endif
#ifdef MUTANT_thaw_by_time
#define THAWS(i) :: atomic { HAS(stiff, i) -> stiff = stiff & ~(1 << i) }
#else
#define THAWS(i)
#endif

/* --- which configuration follows */

#define ADOPTED(i) (at[i] == newest && HAS(voters[newest], i) -> 1 : 0)
#ifdef RESTART
#define MAY_FOLLOW (newest < CONFIGURATIONS && ADOPTED(0) + ADOPTED(1) + ADOPTED(2) + ADOPTED(3) >= 2)
#else
#define MAY_FOLLOW (newest < CONFIGURATIONS && ADOPTED(0) + ADOPTED(1) + ADOPTED(2) >= 2)
#endif
#ifdef MUTANT_frozen_by_quorum
#define ALL_FROZEN (COUNT(froze) >= 2)
#else
#define ALL_FROZEN (froze == members[newest])
#endif
#ifdef MUTANT_frozen_of_another_configuration
#define FROZEN_ENDS(f) f
#else
#define FROZEN_ENDS(f) 0
#endif

/* A get that takes no time asks voters i and j. It may be in any configuration that both are in. */
#define SEEN(i, j) (version[i] > version[j] -> version[i] : version[j])
#define LOOKS(i, j) \
    :: atomic { at[i] != 0 && at[i] == at[j] && HAS(voters[at[i]], i) && HAS(voters[at[i]], j) && !FLAG(i) && !FLAG(j) && \
                (RANK(SEEN(i, j)) < confirmed || version[i] == version[j] && RANK(version[i]) > confirmed) -> \
        assert(RANK(SEEN(i, j)) >= confirmed); \
        CONFIRM(version[i]) }

/* Registers are pulled as they are; so is an accepted proposal, with its old ballot: it counts towards no majority. */
#define PULLS(i) \
    :: atomic { at[3] != 0 && voters[newest] == 3 && at[i] >= at[3] && at[i] == at[3] && !HAS(pulled, i) -> \
        pulled = pulled | (1 << i); \
        version[3] = (version[i] > version[3] -> version[i] : version[3]); \
        accepted[3] = (accepted[i] > accepted[3] -> accepted[i] : accepted[3]) }

active proctype Cluster() {
    do
    LOOKS(0, 1)
    LOOKS(0, 2)
    LOOKS(1, 2)
#ifdef RESTART
    LOOKS(0, 3)
    LOOKS(1, 3)
#endif
    EACH(ADOPTS)
    EACH(FREEZES)
    EACH(DROPS)
    EACH(THAWS)
    EACH(CATCHES_UP)
    :: atomic { /* the reclaim; the tombstone is everywhere, so the delete took effect */
        MAY_FOLLOW && reclaim == 0 && ALL_FROZEN ->
        newest++;
        members[newest] = members[newest - 1];
        voters[newest] = voters[newest - 1];
        reclaim = newest;
        froze = 0;
        CONFIRM(TOMB)
    }
    :: atomic { /* an empty one, or a view that changes no member */
        MAY_FOLLOW ->
        newest++;
        members[newest] = members[newest - 1];
        voters[newest] = voters[newest - 1];
        froze = FROZEN_ENDS(froze)
    }
#ifdef RESTART
    :: atomic { /* C starts again; the old C stays as it is, and answers */
        MAY_FOLLOW && at[3] == 0 ->
        newest++;
        members[newest] = 11;
        voters[newest] = 3;
        at[3] = newest;
        froze = 0
    }
    :: atomic { /* it has pulled from a majority of n */
        MAY_FOLLOW && voters[newest] == 3 && pulled == 3 ->
        newest++;
        members[newest] = 11;
        voters[newest] = 11;
        froze = 0
    }
    PULLS(0)
    PULLS(1)
#endif
    od
}
/* --- the newer put: it chose its version above what it saw, keeps it, and goes on in the new life */

#define PUT_BEGINS(i) :: atomic { at[i] != 0 && sent[PUT] == 0 && confirmed < RANK(PUT) -> sent[PUT] = 1 << at[i]; round = at[i] }
#define PUT_GOES_ON(i) :: atomic { round != 0 && at[i] > round -> round = at[i]; heard = 0; sent[PUT] = sent[PUT] | (1 << at[i]) }
#define TO_EACH(of, v) of(v, 0) of(v, 1) of(v, 2)
#ifdef RESTART
#define ALL(of, v) TO_EACH(of, v) of(v, 3)
#else
#define ALL(of, v) TO_EACH(of, v)
#endif

active proctype Writes() {
    do
    ALL(ARRIVES, OLD)
    ALL(ARRIVES, TOMB)
#ifdef WITH_PUT
    EACH(PUT_BEGINS)
    EACH(PUT_ARRIVES)
    EACH(PUT_GOES_ON)
    :: atomic { round != 0 && QUORUM(round, heard) -> CONFIRM(PUT); round = 0; heard = 0 }
#endif
#ifdef WITH_RMW
    ALL(ARRIVES, RMW)
    ALL(ARRIVES, NEW)
#endif
    od
}

#ifdef WITH_RMW
/* One RMW, on the tombstone in the old life, or on the absent key in the new one. */
active proctype ReadModifyWrite() {
    byte c, promises, base, acceptors, floor;
#define PREPARES(i) :: atomic { at[i] > c -> c = at[i]; promises = 0; base = 0; acceptors = 0; floor = confirmed }
#define PROMISES(i) \
    :: atomic { c != 0 && at[i] == c && !HAS(stiff, i) && HAS(voters[c], i) && !HAS(promises, i) && COUNT(promises) < 2 -> \
        promises = promises | (1 << i); \
        base = (version[i] > base -> version[i] : base) }
#define ACCEPTS(i) \
    :: atomic { COUNT(promises) == 2 && base == (reclaim != 0 && c >= reclaim -> 0 : TOMB) && at[i] == c && !HAS(stiff, i) && \
                HAS(voters[c], i) && !HAS(acceptors, i) -> \
        accepted[i] = c; \
        acceptors = acceptors | (1 << i) }
    do
    EACH(PREPARES)
    EACH(PROMISES)
    EACH(ACCEPTS)
    :: atomic { /* decided: it is answered, and its SETTLE goes to all */
        COUNT(acceptors) >= 2 ->
        base = PROPOSAL(c);
        assert(RANK(base) >= floor);
        CONFIRM(base);
        decided = c;
        break
    }
    od;
    atomic {
        c = 0;
        promises = 0;
        base = 0;
        acceptors = 0;
        floor = 0
    }
}
#endif

#ifdef WITH_GET
active proctype Get() {
    byte home, c, pinned, best, asked, answered, floor;
    bool differs;
#define AT(i) :: at[i] != 0 -> home = i
    atomic {
        if
        EACH(AT)
        fi;
        floor = confirmed;
        c = at[home];
        pinned = version[home];
        best = pinned
    }
/* A voter with a proposal above its register does not count here. The others make up a quorum, or the unit is settled first. */
#define ANSWERS(i) \
    :: atomic { c != 0 && !answered && at[home] == c && at[i] == c && HAS(voters[c], i) && !HAS(asked, i) && COUNT(asked) < 2 && !FLAG(i) -> \
        asked = asked | (1 << i); \
        differs = differs || version[i] != pinned; \
        best = (version[i] > best -> version[i] : best) }
#define TAKEN(i) \
    :: atomic { answered != 0 && at[home] == c && at[i] == c && HAS(voters[c], i) && !HAS(asked, i) && version[i] >= best -> \
        asked = asked | (1 << i) }
    do
    EACH(ANSWERS)
    :: atomic { /* a newer configuration; N1: what was pinned of a dropped key goes */
        at[home] != c ->
        if
        :: answered != 0 && best <= TOMB && DROPPED(c, at[home]) -> break /* (a): the tombstone is everywhere and covers it */
        :: else
        fi;
#ifndef MUTANT_keep_pin
        pinned = (DROPPED(c, at[home]) -> version[home] : pinned);
#endif
        c = at[home];
        if
        :: answered == 0 -> best = pinned; differs = false; asked = 0
        :: else -> sent[best] = sent[best] | (1 << c); answered = c; asked = 0
        fi
    }
    :: atomic {
        answered == 0 && at[home] == c && COUNT(asked) == 2 ->
        if
        :: !differs -> best = pinned; break
        :: else
        fi;
        asked = 0;
        answered = c;
        sent[best] = sent[best] | (1 << c)
    }
    EACH(TAKEN)
    :: atomic { answered != 0 && at[home] == c && COUNT(asked) == 2 -> break }
    od;
    atomic {
        assert(RANK(best) >= floor);
        CONFIRM(best);
        home = 0;
        c = 0;
        pinned = 0;
        best = 0;
        asked = 0;
        answered = 0;
        floor = 0;
        differs = false
    }
}
#endif

init {
    atomic {
        members[1] = 7;
        voters[1] = 7;
        at[0] = 1;
        at[1] = 1;
        at[2] = 1
    }
}
