/* A profile from a user's disk. */
#include "base/assert.h"
#include "client/io/profile.h"
#include <sodium.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct avo_profile profile;
    struct avo_why why = {.text = ""};
    if (sodium_init() < 0) {
        return 0;
    }
    enum avo_error error = avo_profile_read(avo_slice(data, size), "fuzz", &profile, &why);
    AVO_ASSERT(error == AVO_OK || strncmp(why.text, "profile fuzz: ", 14) == 0); /* every refusal says why */
    AVO_ASSERT(error != AVO_OK || profile.view.member_count > 0);
    return 0;
}
