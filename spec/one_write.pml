/* One write and one read after it, included by the models of views instead of register.pml: fewer states, so that more views fit.
 *
 * A coordinator is only its rounds here: any epoch that somebody adopted, and any newer one after that. So it may be any incarnation, alive,
 * frozen or joining, and the read has nothing pinned that could help it. The write needs no first round, since it is the only one. The
 * WRITE may arrive at any time, at whom is in an epoch in which it was sent. Both may stop for ever.
 *
 * Checked: a quorum acknowledged the write, so a read that begins afterwards finds it. */
#define COUNT(m) (((m) & 1) + ((m) >> 1 & 1) + ((m) >> 2 & 1) + ((m) >> 3 & 1) + ((m) >> 4 & 1))
#define HAS(m, i) (((m) >> (i) & 1) == 1)

byte members[EPOCHS + 1], voters[EPOCHS + 1]; /* views, by epoch: bits of incarnations */
byte started;                                 /* incarnations so far */
byte epoch[INCARNATIONS];                     /* of the view that an incarnation adopted */
byte version[INCARNATIONS];                   /* 1: it has the write */
byte sent;                                    /* the epochs in which the WRITE was sent (bits) */
byte round, heard;                            /* the epoch of the round under way, and who answered in it */
bool confirmed, found;

#ifdef MUTANT_any_epoch
#define HEARS(i) HAS(members[round], i)
#define TAKES(i) (sent != 0)
#else
#define HEARS(i) (epoch[i] == round)
#define TAKES(i) HAS(sent, epoch[i])
#endif

#if INCARNATIONS == 5
#define EACH(of) of(0) of(1) of(2) of(3) of(4)
#define EACH_WITH(of, x) of(x, 0) of(x, 1) of(x, 2) of(x, 3) of(x, 4)
#else
#define EACH(of) of(0) of(1) of(2) of(3)
#define EACH_WITH(of, x) of(x, 0) of(x, 1) of(x, 2) of(x, 3)
#endif

#define ARRIVES(i) \
    :: atomic { i < started && TAKES(i) && (version[i] == 0 || (!confirmed && HEARS(i) && !HAS(heard, i))) -> \
        version[i] = 1; \
        heard = (!confirmed && HEARS(i) -> heard | (1 << i) : heard) }
#define ANSWERS(i) \
    :: atomic { confirmed && round != 0 && HEARS(i) && !HAS(heard, i) -> \
        heard = heard | (1 << i); \
        found = found || version[i] == 1 }
/* The coordinator adopts a view, and begins its round [V3]. */
#define BEGINS(i) \
    :: atomic { i < started && epoch[i] > round -> \
        round = epoch[i]; \
        heard = KEPT; \
        found = false; \
        sent = (confirmed -> sent : sent | (1 << round)) }
#ifdef MUTANT_answers_kept
#define KEPT heard
#else
#define KEPT 0
#endif

active proctype Operations() {
    do
    EACH(BEGINS)
    EACH(ARRIVES)
    EACH(ANSWERS)
    :: atomic {
        round != 0 && !confirmed && QUORUM(round, heard) ->
        confirmed = true;
        round = 0;
        heard = 0
    }
    :: atomic {
        round != 0 && confirmed && QUORUM(round, heard) ->
        assert(found);
        break
    }
    od
}

#define run_operations() skip
