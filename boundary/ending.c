#include "boundary/ending.h"
#include <stddef.h>

static const struct known {
    enum avo_ending ending;
    bool final;
    const char *text;
} endings[] = {
    {AVO_ENDING_USAGE, true, "see its lines above"},
    {AVO_ENDING_LAUNCH, true, "its launch or region is not what it must be"},
    {AVO_ENDING_MEMORY, true, "too little memory"},
    {AVO_ENDING_REFUSED, true, "it was refused by the CAS"},
    {AVO_ENDING_CAS_KEY, true, "the CAS does not hold the key of --cas-key"},
    {AVO_ENDING_HOST_GONE, false, "it saw its host end"},
    {AVO_ENDING_SANDBOX, true, "the kernel would not lock it in"},
    {AVO_ENDING_LAS, true, "the LAS would not vouch for it"},
    {AVO_ENDING_MACHINE, true, "its CPU or its host failed it"},
    {AVO_ENDING_LEFT, true, "it left the cluster"},
};

static const struct known *find(int status) {
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        if ((int)endings[i].ending == status) {
            return &endings[i];
        }
    }
    return NULL;
}

const char *avo_ending_text(int status) {
    const struct known *known = find(status);
    return known != NULL ? known->text : "see its lines above";
}

bool avo_ending_is_final(int status) {
    const struct known *known = find(status);
    return known != NULL && known->final;
}
