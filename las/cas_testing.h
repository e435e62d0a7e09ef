/* The CAS's end of a LAS's connection, spoken by the test. */
#ifndef AVO_LAS_CAS_TESTING_H
#define AVO_LAS_CAS_TESTING_H

#include "protocol/channel/stream.h"

struct cas {
    int fd;
    struct avo_secure_stream stream;
    struct avo_prng random;
    uint8_t received[4096];
    struct avo_slice left;
};

/* Takes the LAS's connection, proves itself by `key`, and greets. */
void cas_open(struct cas *cas, int listener, const struct avo_aead *aead, const struct avo_key_pair *key);
/* The next message, which may be empty; valid until the next. */
struct avo_slice cas_hear(struct cas *cas);
void cas_say(struct cas *cas, struct avo_slice message);
/* Asks for evidence. */
void cas_greet(struct cas *cas);
void cas_refuse(struct cas *cas, enum avo_error error, const char *why);

#endif
