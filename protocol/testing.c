#include "protocol/testing.h"
#include "base/assert.h"
#include <stdlib.h>
#include <string.h>
#include <time.h>

FILE *testing_open(enum testing_vectors vectors, const char *path) {
    static const struct {
        const char *variable, *usual;
    } places[] = {
        [TESTING_NIST_AND_RFC] = {"AVOCADO_CRYPTOGRAPHY_VECTORS", "/usr/lib/python3/dist-packages/cryptography_vectors"},
        [TESTING_SHARED] = {"AVOCADO_VECTORS", AVOCADO_SOURCE_ROOT "/../shared/vectors"},
    };
    char name[1024];
    const char *folder = getenv(places[vectors].variable);
    snprintf(name, sizeof name, "%s/%s", folder != NULL ? folder : places[vectors].usual, path);
    FILE *file = fopen(name, "r");
    if (file == NULL) {
        printf("not counted: no %s (set %s)\n", name, places[vectors].variable);
        exit(TESTING_SKIPPED);
    }
    return file;
}

bool testing_published(int argc, char **argv) {
    return argc == 2 && strcmp(argv[1], "published") == 0;
}

bool testing_next(FILE *file, struct testing_line *line) {
    char text[sizeof line->name + sizeof line->value];
    while (fgets(text, sizeof text, file) != NULL) {
        *line = (struct testing_line){0};
        if (sscanf(text, " %31[A-Za-z] = %8191s", line->name, line->value) >= 1) {
            return true;
        }
    }
    return false;
}

size_t testing_hex(const char *hex, uint8_t *to, size_t capacity) {
    size_t length = strlen(hex) / 2;
    AVO_ASSERT(strlen(hex) % 2 == 0 && length <= capacity);
    for (size_t i = 0; i < length; i++) {
        unsigned byte = 0;
        AVO_ASSERT(sscanf(hex + 2 * i, "%2x", &byte) == 1);
        to[i] = (uint8_t)byte;
    }
    return length;
}

uint64_t testing_seed(void) {
    const char *given = getenv("AVOCADO_SEED");
    uint64_t seed = given != NULL ? strtoull(given, NULL, 0) : (uint64_t)time(NULL);
    printf("seed %llu\n", (unsigned long long)seed);
    return seed;
}

struct avo_aead *testing_aead(enum avo_aead_kind kind) {
    static _Alignas(64) uint8_t memory[3][1 << 20];
    static struct avo_aead *made[3];
    if (made[kind] == NULL) {
        struct avo_arena arena = avo_arena(memory[kind], sizeof memory[kind]);
        made[kind] = avo_aead_create(&arena, kind);
    }
    return made[kind];
}
