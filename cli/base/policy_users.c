#include "cli/base/policy_users.h"
#include "cli/base/key_file.h"
#include "client/io/hex.h"
#include <stdio.h>
#include <string.h>

#define WORD_BYTES 1280 /* a name, a path, the rights */

static bool fail(struct avo_why *why, const char *command, const char *word, const char *what) {
    avo_why_set(why, "%s: --user %.80s: %.200s; give " AVO_POLICY_USER_FORM ", as in ann=PUBKEY:read,write", command, word, what);
    return false;
}

/* NULL: one of them is no right, or there is none. */
static json_t *rights_read(char *text) {
    static const char *const rights[] = {"read", "write", "admin"};
    json_t *found = json_array();
    char *rest = NULL;
    bool good = text[0] != '\0';
    for (char *word = strtok_r(text, ",", &rest); word != NULL; word = strtok_r(NULL, ",", &rest)) {
        size_t i = 0;
        while (i < AVO_COUNT(rights) && strcmp(word, rights[i]) != 0) {
            i++;
        }
        good = good && i < AVO_COUNT(rights) && json_array_append_new(found, json_string(word)) == 0;
    }
    if (!good || json_array_size(found) == 0) {
        json_decref(found);
        return NULL;
    }
    return found;
}

static bool is_another(json_t *users, const char *name, const char *key) {
    json_t *user;
    size_t i;
    json_array_foreach(users, i, user) {
        if (strcmp(json_string_value(json_object_get(user, "name")), name) == 0 ||
            strcmp(json_string_value(json_object_get(user, "public_key")), key) == 0) {
            return true;
        }
    }
    return false;
}

static bool name_is_good(const char *name) {
    size_t length = strlen(name);
    for (size_t i = 0; i < length; i++) {
        if (name[i] < 0x21 || name[i] > 0x7e) {
            return false;
        }
    }
    return length > 0 && length <= AVO_USER_NAME_MAX_BYTES;
}

static bool user_add(json_t *users, const char *word, const char *command, struct avo_why *why) {
    char text[WORD_BYTES];
    char hex[2 * AVO_PUBLIC_KEY_BYTES + 1];
    uint8_t key[AVO_PUBLIC_KEY_BYTES];
    struct avo_why problem;
    bool fits = snprintf(text, sizeof text, "%s", word) < (int)sizeof text;
    char *equals = strchr(text, '=');
    char *colon = equals == NULL ? NULL : strrchr(equals, ':');
    if (!fits || colon == NULL) {
        return fail(why, command, word, fits ? "lacks = or :" : "is too long");
    }
    *equals = *colon = '\0';
    if (!name_is_good(text)) {
        return fail(why, command, word, "the name is not of 1 to 32 printable letters");
    }
    if (!avo_public_key_read(equals + 1, key, &problem)) {
        return fail(why, command, word, problem.text);
    }
    avo_hex_write(hex, AVO_SLICE_OF(key));
    if (is_another(users, text, hex)) {
        return fail(why, command, word, "has the name or the key of another user");
    }
    json_t *rights = rights_read(colon + 1);
    if (rights == NULL) {
        return fail(why, command, word, "the rights are not of read, write and admin");
    }
    return json_array_append_new(users, json_pack("{s:s, s:s, s:o}", "name", text, "public_key", hex, "rights", rights)) == 0 ||
           fail(why, command, word, "no memory");
}

bool avo_policy_users_add(json_t *users, const struct avo_words *words, const char *command, struct avo_why *why) {
    for (size_t i = 0; words != NULL && i < words->count; i++) {
        if (!user_add(users, words->items[i], command, why)) {
            return false;
        }
    }
    return true;
}

bool avo_policy_users_check(const struct avo_words *words, const char *other, const char *command, struct avo_why *why) {
    json_t *users = json_pack("[{s:s, s:s}]", "name", other, "public_key", "");
    bool good = avo_policy_users_add(users, words, command, why);
    json_decref(users);
    return good;
}
