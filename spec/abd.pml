/* Multi-writer ABD in one view [DESIGN 8]: three replicas, all voting. Operations stop anywhere, WRITEs are lost, late and repeated. */
#ifndef PUTS
#define PUTS 1
#endif
#ifndef GETS
#define GETS 2
#endif
#define INCARNATIONS 3
#define EPOCHS 1
#define COUNTS(e) voters[e]
#ifdef MUTANT_quorum_of_one
#define QUORUM(e, m) (COUNT((m) & COUNTS(e)) >= 1)
#else
#define QUORUM(e, m) (COUNT((m) & COUNTS(e)) >= 2)
#endif
#include "register.pml"

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
