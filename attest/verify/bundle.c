#include "attest/verify/bundle.h"
#include "attest/verify/json.h"
#include <stdlib.h>
#include <string.h>

struct avo_slice avo_collateral_keep(struct avo_collateral_owned *collateral, void *block, size_t length) {
    if (block == NULL || collateral->block_count == AVO_COUNT(collateral->block)) {
        free(block);
        return AVO_SLICE_EMPTY;
    }
    collateral->block[collateral->block_count++] = block;
    return avo_slice(block, length);
}

void avo_collateral_free(struct avo_collateral_owned *collateral) {
    for (uint32_t i = 0; i < collateral->block_count; i++) {
        free(collateral->block[i]);
    }
    memset(collateral, 0, sizeof *collateral);
}

struct member {
    const char *key;
    size_t offset; /* of the slice in struct avo_collateral */
    bool hex;      /* bytes in hex; else text */
};

#define AT(member) offsetof(struct avo_collateral, member)

static const struct member members[] = {
    {"tcb_info", AT(tcb_info), false},
    {"tcb_info_signature", AT(tcb_info_signature), false},
    {"qe_identity", AT(qe_identity), false},
    {"qe_identity_signature", AT(qe_identity_signature), false},
    {"tcb_info_issuer_chain", AT(tcb_chain), false},
    {"qe_identity_issuer_chain", AT(qe_chain), false},
    {"root_ca_crl", AT(root_crl), true},
    {"pck_crl", AT(pck_crl), true},
    {"pck_certificate_chain", AT(pck_chain), false},
    {"vek", AT(vek), true},
    {"vek_chain", AT(vek_chain), false},
    {"amd_crl", AT(amd_crl), true},
};

static enum avo_error take(const json_t *root, const struct member *member, struct avo_collateral_owned *out,
                           struct avo_reason *reason) {
    const json_t *value = json_object_get(root, member->key);
    if (value == NULL) {
        return AVO_OK;
    }
    struct avo_slice text = avo_slice(json_string_value(value), json_string_length(value));
    uint8_t *bytes = json_is_string(value) && text.length > 0 ? malloc(text.length) : NULL;
    size_t length = member->hex ? text.length / 2 : text.length;
    if (bytes == NULL || (member->hex && !avo_hex_decode(text, bytes, length))) {
        free(bytes);
        return avo_reason_set(reason, AVO_EFORMAT, "collateral bundle: \"%s\" is not a non-empty string%s", member->key,
                              member->hex ? " of hex" : "");
    }
    if (!member->hex) {
        memcpy(bytes, text.data, length);
    }
    struct avo_slice *slice = (struct avo_slice *)(void *)((uint8_t *)&out->view + member->offset);
    *slice = avo_collateral_keep(out, bytes, length);
    return AVO_OK;
}

enum avo_error avo_collateral_from_object(const json_t *object, struct avo_collateral_owned *out, struct avo_reason *reason) {
    enum avo_error error = AVO_OK;
    memset(out, 0, sizeof *out);
    if (!json_is_object(object)) {
        return avo_reason_set(reason, AVO_EFORMAT, "collateral bundle: not an object");
    }
    for (size_t i = 0; i < AVO_COUNT(members) && error == AVO_OK; i++) {
        error = take(object, &members[i], out, reason);
    }
    return error;
}

enum avo_error avo_collateral_from_json(struct avo_slice text, struct avo_collateral_owned *out, struct avo_reason *reason) {
    struct avo_json json = {"collateral bundle", reason, AVO_OK};
    memset(out, 0, sizeof *out);
    json_t *root = avo_json_load(&json, text);
    enum avo_error error = json.error != AVO_OK ? json.error : avo_collateral_from_object(root, out, reason);
    json_decref(root);
    return error;
}

bool avo_bundle_is(const json_t *object) {
    for (size_t i = 0; i < AVO_COUNT(members); i++) {
        if (json_object_get(object, members[i].key) != NULL) {
            return true;
        }
    }
    return false;
}

static bool put_string(json_t *root, const char *key, struct avo_slice bytes, bool hex) {
    if (bytes.length == 0) {
        return true;
    }
    char *text = hex ? malloc(2 * bytes.length + 1) : NULL;
    if (hex && text != NULL) {
        avo_hex_encode(bytes, text);
    }
    json_t *value = hex ? json_string(text) : json_stringn((const char *)bytes.data, bytes.length);
    free(text);
    return json_object_set_new(root, key, value) == 0;
}

/* The signed object and its signature under the bundle's two keys, from whichever form the collateral has. */
static bool put_signed(json_t *root, struct avo_slice text, struct avo_slice signature, const char *member, const char *key,
                       const char *signature_key, struct avo_reason *reason) {
    struct avo_signed_json json;
    if (text.length == 0) {
        return true;
    }
    return avo_collateral_split(text, signature, member, key, &json, reason) == AVO_OK &&
           put_string(root, key, json.object, false) && put_string(root, signature_key, AVO_SLICE_OF(json.signature), true);
}

char *avo_collateral_to_json(const struct avo_collateral *collateral, struct avo_reason *reason) {
    json_t *root = json_object();
    bool built = root != NULL && put_signed(root, collateral->tcb_info, collateral->tcb_info_signature, "tcbInfo", "tcb_info",
                                            "tcb_info_signature", reason);
    built = built && put_signed(root, collateral->qe_identity, collateral->qe_identity_signature, "enclaveIdentity", "qe_identity",
                                "qe_identity_signature", reason);
    for (size_t i = 4; i < AVO_COUNT(members) && built; i++) {
        const struct avo_slice *slice = (const struct avo_slice *)(const void *)((const uint8_t *)collateral + members[i].offset);
        built = put_string(root, members[i].key, *slice, members[i].hex);
    }
    char *text = built ? json_dumps(root, JSON_INDENT(1)) : NULL;
    json_decref(root);
    return text;
}
