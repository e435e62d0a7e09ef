/* Which configuration follows another [V1, V6, V7, DESIGN 6]: single-decree Paxos among the voters of a configuration that adopted it. A
 * configuration is a view, or a reclaim of tombstones within one.
 *
 * Three voters, the same in all configurations (members change in learn.pml, views.pml and sizes.pml). Configuration 0 is given; instance i
 * chooses configuration i + 1. Proposers: a CAS whose owner changes the policy; a second CAS, started at any time from the oldest file; a
 * voter that proposes a reclaim. Each may fall silent anywhere. Every ACCEPT that was ever sent may arrive at any voter at any time.
 *
 * Checked: an instance has one value for ever; voters adopt chosen configurations only, and never two different ones; the policy of the
 * chain never goes back; a CAS gives no ticket of a policy older than the one in force when it started; when a configuration is chosen, a
 * quorum has adopted the one that it follows (the lemma that sizes.pml needs: MUTANT_no_v6 there loses a write). */
#ifndef DEPTH
#define DEPTH 2 /* instances */
#endif
#ifndef TRIES
#define TRIES 2 /* attempts of a CAS */
#endif
#ifndef VOTER_TRIES
#define VOTER_TRIES 1
#endif
#ifdef MUTANT_no_v6
#define TAKES_PART(i, d) (at[i] <= (d))
#else
#define TAKES_PART(i, d) (at[i] == (d))
#endif
#define N 3
#define MAJORITY(m) ((m) == 3 || (m) >= 5)
#define PROPOSERS 3
#define BALLOTS (TRIES * PROPOSERS + 1) /* a ballot is a number from 1 on: round first, then the proposer's random id */
#define OWNER 0
#define RESTORED 1
#define VOTER 2

#ifdef MUTANT_reclaim_in_own_instance
#define STATE(id, d) ((id) == VOTER -> DEPTH + (d) : (d))
#define STATES (2 * DEPTH)
#else
#define STATE(id, d) (d)
#define STATES DEPTH
#endif

byte at[N];                                                               /* the configuration that a voter adopted */
byte what[N];                                                             /* and the value that chose it */
byte promised[N * STATES], ballot_of[N * STATES], value_of[N * STATES];   /* acceptors, by instance */
byte sent_value[BALLOTS], sent_instance[BALLOTS], sent_state[BALLOTS];    /* ACCEPTs under way for ever */
byte accepted_by[BALLOTS];
byte tries[PROPOSERS];
byte chosen[DEPTH];                                                       /* what a majority accepted, whether anybody knows or not */
byte announced[DEPTH];                                                    /* what is said to be chosen: signed, or a member's word */
byte policy_of[BALLOTS + 1];                                              /* of a value; a value is named by the attempt that made it */

#define A(i, s) ((i) * STATES + (s))
#define ADOPTERS(d) ((at[0] >= (d) -> 1 : 0) + (at[1] >= (d) -> 1 : 0) + (at[2] >= (d) -> 1 : 0))
#define POLICY(d) ((d) == 0 -> 0 : policy_of[announced[(d) - 1]])

/* Voter i adopts configuration d, which has the value v. */
inline adopt(i, d, v) {
    at[i] = d;
    what[i] = v;
    assert(at[0] != at[1] || what[0] == what[1]);
    assert(at[0] != at[2] || what[0] == what[2]);
    assert(at[1] != at[2] || what[1] == what[2]);
    assert(chosen[d - 1] == v)
}

/* ACCEPT b arrives at voter i, which may take it. */
inline accept(b, i) {
    promised[A(i, sent_state[b])] = b;
    ballot_of[A(i, sent_state[b])] = b;
    value_of[A(i, sent_state[b])] = sent_value[b];
    accepted_by[b] = accepted_by[b] | (1 << i);
    if
    :: MAJORITY(accepted_by[b]) ->
        assert(chosen[sent_instance[b]] == 0 || chosen[sent_instance[b]] == sent_value[b]);
        chosen[sent_instance[b]] = sent_value[b];
        assert(ADOPTERS(sent_instance[b]) >= 2); /* the lemma of V6 */
        assert(policy_of[sent_value[b]] >= POLICY(sent_instance[b]))
    :: else
    fi
}

/* A majority promised: the value of the highest ballot is proposed again, or an own one. */
inline propose() {
    if
    :: value == 0 ->
        value = (try - 1) * PROPOSERS + id + 1;
#ifdef MUTANT_no_learn
        policy_of[value] = (id == OWNER -> POLICY(d) + 1 : (id == RESTORED -> 0 : POLICY(d)))
#else
        policy_of[value] = POLICY(d) + (id == OWNER -> 1 : 0)
#endif
    :: else
    fi;
    best = 0;
    sent_value[b] = value;
    sent_instance[b] = d;
    sent_state[b] = STATE(id, d)
}

/* Voter i answers the PREPARE of ballot b: by its configuration, if that is newer, or by a promise. */
#define ANSWERS(i) \
    b != 0 && !MAJORITY(heard) && (heard & (1 << i)) == 0 && (at[i] > d || (TAKES_PART(i, d) && b > promised[A(i, STATE(id, d))]))
inline answer(i) {
    if
    :: at[i] > d ->
        d = at[i];
        heard = 0;
        best = 0;
        value = 0;
        b = 0
    :: else ->
#ifndef MUTANT_promise_forgotten
        promised[A(i, STATE(id, d))] = b;
#endif
        heard = heard | (1 << i);
#ifndef MUTANT_no_reproposal
        if
        :: ballot_of[A(i, STATE(id, d))] > best -> best = ballot_of[A(i, STATE(id, d))]; value = value_of[A(i, STATE(id, d))]
        :: else
        fi;
#endif
        if
        :: MAJORITY(heard) -> propose()
        :: else
        fi
    fi
}

proctype Proposer(byte id) {
    byte try, d, b, heard, best, value, i; /* d: the configuration that it follows */

    /* A CAS starts from a file of configuration 0 and learns from a majority first [V7]. What is in force at this moment is the newest
     * configuration that a quorum adopted. Then it gives a ticket. */
    atomic {
        if
        :: id != VOTER ->
#ifndef MUTANT_no_learn
            if
            :: d = (at[0] > at[1] -> at[0] : at[1])
            :: d = (at[0] > at[2] -> at[0] : at[2])
            :: d = (at[1] > at[2] -> at[1] : at[2])
            fi;
#endif
            do
            :: i < DEPTH && ADOPTERS(i + 1) >= 2 -> i++
            :: else -> break
            od;
            assert(POLICY(d) >= POLICY(i));
            i = 0
        :: else
        fi
    }
    do
    :: atomic { /* an attempt; the one before got no answer, or too few */
        try < tries[id] && (id == VOTER || d < DEPTH) && (id != VOTER || at[VOTER] < DEPTH) ->
        if
        :: id == VOTER -> d = at[VOTER]
        :: else
        fi;
#ifdef MUTANT_ballot_from_file
        b = try * PROPOSERS + (id == RESTORED -> OWNER : id) + 1;
#else
        b = try * PROPOSERS + id + 1;
#endif
        try++;
        heard = 0;
        best = 0;
        value = 0
    }
    :: atomic { ANSWERS(0) -> answer(0) }
    :: atomic { ANSWERS(1) -> answer(1) }
    :: atomic { ANSWERS(2) -> answer(2) }
    :: atomic { /* the voters' answers to ACCEPT: it is chosen, and a CAS signs, a voter says so */
        b != 0 && sent_value[b] != 0 &&
#ifdef MUTANT_signed_alone
        (id != VOTER || MAJORITY(accepted_by[b])) ->
#else
        MAJORITY(accepted_by[b]) ->
#endif
        announced[d] = value;
        d++;
        b = 0;
        heard = 0;
        best = 0;
        value = 0
    }
    od
}

/* Late, lost and repeated messages: those of accept() and adopt() that may come now. */
#define ARRIVES(b, i) \
    :: atomic { b < BALLOTS && sent_value[b] != 0 && (accepted_by[b] & (1 << i)) == 0 && TAKES_PART(i, sent_instance[b]) && \
                b >= promised[A(i, sent_state[b])] -> accept(b, i) }
#define ADOPTS(d, i) :: atomic { d <= DEPTH && at[i] < d && announced[d - 1] != 0 -> adopt(i, d, announced[d - 1]) }
#ifdef MUTANT_adopt_proposal
#define PROPOSAL(b, i) \
    :: atomic { sent_value[b] != 0 && at[i] <= sent_instance[b] -> adopt(i, sent_instance[b] + 1, sent_value[b]) }
#else
#define PROPOSAL(b, i)
#endif
#define TO_EACH(of, x) of(x, 0) of(x, 1) of(x, 2)
active proctype Network() {
    do
    TO_EACH(ARRIVES, 1)
    TO_EACH(ARRIVES, 2)
    TO_EACH(ARRIVES, 3)
#if BALLOTS > 4
    TO_EACH(ARRIVES, 4)
    TO_EACH(ARRIVES, 5)
    TO_EACH(ARRIVES, 6)
#endif
    TO_EACH(ADOPTS, 1)
#if DEPTH > 1
    TO_EACH(ADOPTS, 2)
#endif
    TO_EACH(PROPOSAL, 1)
    TO_EACH(PROPOSAL, 2)
    od
}

init {
    atomic {
        tries[OWNER] = TRIES;
        tries[RESTORED] = TRIES;
        tries[VOTER] = VOTER_TRIES;
        run Proposer(OWNER);
        run Proposer(RESTORED);
        run Proposer(VOTER)
    }
}
