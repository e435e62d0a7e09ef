/* One key under multi-writer ABD [V2, V3, DESIGN 8], included by the models. Who includes it says beforehand
 *
 *   INCARNATIONS, EPOCHS   how many (at most 5 and 7)      PUTS, GETS    how many operations (at most 3 together)
 *   COUNTS(e)              who counts in epoch e           QUORUM(e, m)  are those of m who count a quorum of epoch e
 *
 * and steps the cluster: adoption of views, starts, pulls. Operations run at any incarnation that was started, and each may stop for
 * ever. A WRITE that was ever sent may arrive at any time, again too, at whom is in its epoch. Answers are lost when nobody waits for them.
 *
 * Checked, for each answer: a get is not older than what was written or read when it began, and a put has a version above that. Versions
 * are unique and ordered, so this is linearizability. */
#define OPS (PUTS + GETS)
#define COUNT(m) (((m) & 1) + ((m) >> 1 & 1) + ((m) >> 2 & 1) + ((m) >> 3 & 1) + ((m) >> 4 & 1))
#define HAS(m, i) (((m) >> (i) & 1) == 1)

byte members[EPOCHS + 1], voters[EPOCHS + 1]; /* views, by epoch: bits of incarnations */
byte started;                                 /* incarnations so far */
byte epoch[INCARNATIONS];                     /* of the view that an incarnation adopted */
byte version[INCARNATIONS];                   /* its register: clock * 4 + operation */
byte written[OPS], sent[OPS];                 /* an operation's WRITE, and the epochs in which it was sent (bits) */
byte round[OPS], home[OPS];                   /* the epoch that an operation's round is of; its coordinator */
byte heard[OPS];                              /* who answered or acknowledged in this round */
byte confirmed;                               /* the newest version that was acknowledged or read */

#ifdef MUTANT_any_epoch
#define HEARS(i, e) HAS(members[e], i)
#define TAKES(o, i) (sent[o] != 0)
#else
#define HEARS(i, e) (epoch[i] == (e))
#define TAKES(o, i) HAS(sent[o], epoch[i])
#endif
#ifdef MUTANT_lower_applied
#define APPLIES(o, i) (version[i] != written[o])
#else
#define APPLIES(o, i) (version[i] < written[o])
#endif
#define SAME_ROUND(o) (epoch[home[o]] == round[o])

/* The WRITE of an operation arrives at a replica, which acknowledges it to the round that waits. */
#define ARRIVES(o, i) \
    :: atomic { o < OPS && i < started && TAKES(o, i) && (APPLIES(o, i) || (HEARS(i, round[o]) && !HAS(heard[o], i))) -> \
        version[i] = (APPLIES(o, i) -> written[o] : version[i]); \
        heard[o] = (HEARS(i, round[o]) -> heard[o] | (1 << i) : heard[o]) }

#if INCARNATIONS == 5
#define EACH(of) of(0) of(1) of(2) of(3) of(4)
#define EACH_WITH(of, x) of(x, 0) of(x, 1) of(x, 2) of(x, 3) of(x, 4)
#elif INCARNATIONS == 4
#define EACH(of) of(0) of(1) of(2) of(3)
#define EACH_WITH(of, x) of(x, 0) of(x, 1) of(x, 2) of(x, 3)
#else
#define EACH(of) of(0) of(1) of(2)
#define EACH_WITH(of, x) of(x, 0) of(x, 1) of(x, 2)
#endif

active proctype Writes() {
    do
    EACH_WITH(ARRIVES, 0)
    EACH_WITH(ARRIVES, 1)
#if OPS > 2
    EACH_WITH(ARRIVES, 2)
#endif
    od
}

/* A replica of the round's epoch answers with its version. */
#define ANSWERS(i) \
    :: atomic { i < started && round[me] != 0 && written[me] == 0 && SAME_ROUND(me) && !HAS(heard[me], i) && HEARS(i, round[me]) && \
                !QUORUM(round[me], heard[me]) -> \
        heard[me] = heard[me] | (1 << i); \
        differs = differs || version[i] != pinned; \
        best = (version[i] > best -> version[i] : best) }

proctype Operation(byte me; bool put) {
    byte floor, pinned, best;
    bool differs;
#define AT(i) :: i < started -> home[me] = i
    atomic {
        if
        EACH(AT)
        fi;
        floor = confirmed;
        pinned = version[home[me]];
        best = pinned;
        round[me] = epoch[home[me]]
    }
    do
    EACH(ANSWERS)
    :: atomic { /* the coordinator adopted a newer view: its round starts again; a put keeps the version that it chose [V3] */
        !SAME_ROUND(me) ->
#ifndef MUTANT_answers_kept
        heard[me] = 0;
        differs = false;
        best = pinned;
#endif
        round[me] = epoch[home[me]];
        sent[me] = (written[me] != 0 -> sent[me] | (1 << round[me]) : 0)
    }
    :: atomic { /* a quorum answered */
        written[me] == 0 && SAME_ROUND(me) && QUORUM(round[me], heard[me]) ->
#ifdef MUTANT_no_write_back
        differs = false;
        pinned = best;
#endif
        if
#ifdef MUTANT_unpinned_answer
        :: !put && !differs -> best = version[home[me]]; break
#else
        :: !put && !differs -> best = pinned; break
#endif
        :: else
        fi;
        heard[me] = 0;
        sent[me] = 1 << round[me];
#ifdef MUTANT_version_of_own_copy
        best = (put -> pinned : best);
#endif
        written[me] = (put -> (best / 4 + 1) * 4 + me + 1 : best)
#ifdef MUTANT_write_back_not_awaited
        ;
        if
        :: !put -> break
        :: else
        fi
#endif
    }
    :: atomic { /* a quorum acknowledged */
        written[me] != 0 && SAME_ROUND(me) && QUORUM(round[me], heard[me]) ->
        best = written[me];
        break
    }
    od;
    atomic {
        assert(put -> best > floor : best >= floor);
        confirmed = (best > confirmed -> best : confirmed);
        home[me] = 0;
        round[me] = 0;
        heard[me] = 0;
        floor = 0;
        pinned = 0;
        best = 0;
        differs = false
    }
}

inline run_operations() {
    byte o;
    do
    :: o < OPS -> run Operation(o, o < PUTS); o++
    :: else -> break
    od;
    o = 0
}
