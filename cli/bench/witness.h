/* What a read of a bench may give. One thread sees every write begin and end, so it knows which values some other write has
 * replaced for good: reading one of those is wrong, as is a value that nobody wrote.
 *
 * Writes are numbered as they begin. A write that began while no other write of its key was under way replaces, once it is
 * acknowledged, everything before it: its number becomes the key's floor. A read that begins then and gives less is stale. Under
 * contention floors rise later, so not every stale read is seen; none that is right is called stale. */
#ifndef AVO_CLI_BENCH_WITNESS_H
#define AVO_CLI_BENCH_WITNESS_H

#include "base/bytes.h"
#include "base/random.h"
#include <avocado/error.h>

struct avo_witness {
    uint64_t run;       /* in every sequence of this bench: another bench may write the same keys */
    uint64_t issued;    /* the last write's number */
    uint64_t key_count; /* keys watched: those that are there from the start */
    uint64_t *keys;     /* of each its floor and its writes under way */
};

/* False: no memory for 8 bytes a key. */
AVO_MUST_USE bool avo_witness_open(struct avo_witness *witness, uint64_t key_count, struct avo_random *random);
void avo_witness_close(struct avo_witness *witness);

/* A write while it is under way. */
struct avo_witness_write {
    uint64_t sequence; /* for the value */
    bool alone;
};

struct avo_witness_write avo_witness_begin(struct avo_witness *witness, uint64_t key);
/* `status`: AVO_EUNKNOWN when it may still take effect; another error when it never will. */
void avo_witness_end(struct avo_witness *witness, uint64_t key, const struct avo_witness_write *write, enum avo_error status);

/* To be remembered when a read begins. */
uint64_t avo_witness_floor(const struct avo_witness *witness, uint64_t key);

enum avo_verdict {
    AVO_READ_RIGHT,
    AVO_READ_FOREIGN, /* of another bench, running now or before: neither right nor wrong */
    AVO_READ_FORGED,  /* nobody wrote this under this key */
    AVO_READ_STALE,   /* replaced by a write that was acknowledged before the read began */
};

/* `value_bytes`: how long every value is. */
enum avo_verdict avo_witness_judge(const struct avo_witness *witness, uint64_t key, struct avo_slice value, size_t value_bytes,
                                   uint64_t floor);

#endif
