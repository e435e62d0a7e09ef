/* For tests: a profile of a cluster that need not exist, in a folder of its own. */
#ifndef AVO_CLIENT_TESTING_H
#define AVO_CLIENT_TESTING_H

#include "client/io/profile.h"

struct avo_test_profile {
    char dir[64];
    char path[80];
    uint8_t cas_sign_secret[64];
    struct avo_profile profile;
};

/* A cluster of `member_count` replicas on the loopback ports from 7100, one worker each; nothing is written yet. */
void avo_test_profile_make(struct avo_test_profile *folder, uint8_t member_count);
/* Signs what was changed in folder->profile.view. */
void avo_test_profile_sign(struct avo_test_profile *folder);
void avo_test_profile_free(struct avo_test_profile *folder);

#endif
