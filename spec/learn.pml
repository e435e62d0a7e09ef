/* What a CAS learns when it starts from an old file [V7].
 *
 * n = 3. Five starts replace the incarnations of all three slots: 0, 1, 2 are the members of view 1, then slot 2, slot 1 and slot 0 start
 * again. Views 2, 4 and 6 have a joining member, views 3, 5 and 7 have it voting. Who left stays where it is, frozen, and answers. Each view
 * follows when a quorum of the voters of the one before adopted it [V6]. At any moment a CAS starts from a file of view 1 and asks.
 *
 * Checked: what it then takes for the newest view is not older than the newest that a quorum of its voters had adopted when it began. */
#define VIEWS 7
#define INCARNATIONS 6
#define HAS(m, i) (((m) >> (i) & 1) == 1)
#define COUNT(m) (((m) & 1) + ((m) >> 1 & 1) + ((m) >> 2 & 1) + ((m) >> 3 & 1) + ((m) >> 4 & 1) + ((m) >> 5 & 1))
/* Bits of incarnations. View:      1    2    3     4     5     6     7 */
#define VOTERS(e) ((e) == 1 -> 7 : ((e) == 2 -> 3 : ((e) == 3 -> 11 : ((e) == 4 -> 9 : ((e) == 5 -> 25 : ((e) == 6 -> 24 : 56))))))
#define MEMBERS(e) ((e) == 1 -> 7 : ((e) == 2 -> 11 : ((e) == 3 -> 11 : ((e) == 4 -> 25 : ((e) == 5 -> 25 : 56)))))

byte epoch[INCARNATIONS];
byte newest = 1;
byte known, heard, best, in_force; /* of the CAS; the last is what must not be missed */

#define VOTES_IN(e, i) (epoch[i] >= (e) && HAS(VOTERS(e), i) -> 1 : 0)
#define ADOPTERS(e) (VOTES_IN(e, 0) + VOTES_IN(e, 1) + VOTES_IN(e, 2) + VOTES_IN(e, 3) + VOTES_IN(e, 4) + VOTES_IN(e, 5))
#define ADOPTS(i) :: atomic { epoch[i] < newest && HAS(MEMBERS(newest), i) -> epoch[i] = newest }
#define EACH(of) of(0) of(1) of(2) of(3) of(4) of(5)

active proctype Cluster() {
    atomic {
        epoch[0] = 1;
        epoch[1] = 1;
        epoch[2] = 1
    }
    do
    EACH(ADOPTS)
    :: atomic { newest < VIEWS && ADOPTERS(newest) >= 2 -> newest++ }
    od
}

/* A voter of the newest view that the CAS knows answers with the view that it adopted. */
#define ANSWERS(i) \
    :: atomic { known != 0 && HAS(VOTERS(known), i) && !HAS(heard, i) && epoch[i] != 0 && COUNT(heard) < 2 -> \
        heard = heard | (1 << i); \
        best = (epoch[i] > best -> epoch[i] : best) }
active proctype Cas() {
    atomic {
        newest > 1 ->
        known = 1;
        best = 1;
        in_force = newest;
        in_force = (ADOPTERS(newest) >= 2 -> newest : newest - 1)
    }
    do
    EACH(ANSWERS)
    :: atomic {
        COUNT(heard) == 2 ->
        if
#ifndef MUTANT_learn_once
        :: best > known -> known = best; heard = 0 /* it asks the voters of the newer view in turn */
#endif
        :: else ->
            assert(best >= in_force);
            break
        fi
    }
    od
}
