/* The policy: what evidence must say to be accepted, and, for a cluster, who owns and who may use it.
 *
 * A JSON document, described key by key in docs/ATTESTATION.md. Refused as a whole when a key is unknown, a type is wrong, a
 * value is out of range, or it could never accept anything.
 */
#ifndef AVO_ATTEST_POLICY_H
#define AVO_ATTEST_POLICY_H

#include "attest/verify/evidence.h"
#include "attest/verify/roots.h"
#include "attest/verify/tcb_status.h"
#include "base/right.h"
#include "base/role.h"

#define AVO_POLICY_NAME_BYTES 64
#define AVO_POLICY_USERS_MAX 64
#define AVO_POLICY_RULES_MAX 16
#define AVO_POLICY_ADVISORIES_MAX 64
#define AVO_POLICY_CHIPS_MAX 64
#define AVO_POLICY_NODES_MAX 15
#define AVO_POLICY_MACHINES_MAX AVO_POLICY_NODES_MAX /* each has a slot of its own */
#define AVO_ADVISORY_BYTES 32
#define AVO_POLICY_ROOT_BYTES_MAX 4096

/* "node", "cas", "las", "any". Static storage. */
const char *avo_attested_role_name(enum avo_attested_role role);

enum avo_snp_product { AVO_SNP_UNKNOWN = 0, AVO_SNP_MILAN = 1, AVO_SNP_GENOA = 2, AVO_SNP_TURIN = 3, AVO_SNP_PRODUCT_COUNT = 4 };

struct avo_policy_cluster {
    bool given;
    char name[AVO_POLICY_NAME_BYTES];
    uint32_t nodes;   /* slots: 1 to AVO_POLICY_NODES_MAX, odd recommended */
    uint32_t workers; /* a node, 1 to 64 */
    uint32_t value_bytes_max;
    uint32_t mtu;
};

/* A chip's own id: PPID or platform instance id 16, SNP chip id 64. */
struct avo_policy_chip {
    size_t length;
    uint8_t bytes[64];
};

/* A machine whose LAS may vouch for these slots. */
struct avo_policy_machine {
    char name[AVO_POLICY_NAME_BYTES];
    struct avo_policy_chip chip; /* what the LAS's own evidence must prove */
    uint32_t slots;              /* bit 1 << slot; no slot has two machines */
    uint32_t line;
};

struct avo_policy_las {
    bool given;
    bool required; /* nodes join through a LAS or not at all */
    struct avo_policy_machine machine[AVO_POLICY_MACHINES_MAX];
    uint32_t machine_count;
};

struct avo_policy_user {
    char name[AVO_POLICY_NAME_BYTES];
    uint8_t public_key[32]; /* X25519 */
    uint32_t rights;        /* bits of enum avo_right */
};

/* An expected value that a rule may leave open. */
struct avo_policy_hash {
    bool given;
    bool any; /* left open in as many words */
    uint8_t bytes[64];
};

/* One way for evidence to be what a role runs. Everything given must hold. */
struct avo_policy_rule {
    enum avo_tee tee;
    uint32_t line;                      /* in the document; 0 for the built-in policy */
    bool any_measurement;               /* tools only: never in a policy with a cluster */
    struct avo_policy_hash measurement; /* MRENCLAVE 32, MRTD 48, SNP measurement 48 */
    struct avo_policy_hash signer;      /* SGX MRSIGNER 32 with product and minimum_svn; SNP ID key digest 48 with minimum_svn */
    bool has_product;
    uint32_t product;
    uint32_t minimum_svn;
    struct avo_policy_hash config_id;    /* SGX CONFIGID 64 */
    struct avo_policy_hash rtmr[4];      /* TDX, 48 */
    struct avo_policy_hash mr_config_id; /* TDX, 48; zero when not given */
    struct avo_policy_hash mr_owner;
    struct avo_policy_hash mr_owner_config;
    struct avo_policy_hash mr_service_td;
    struct avo_policy_hash host_data; /* SNP, 32 */
    struct avo_policy_hash family_id; /* SNP, 16: what the ID key signed beside the measurement */
    struct avo_policy_hash image_id;
    bool unsigned_only; /* SNP: the signer is zero, which is that of a guest launched without an ID key */
    bool any_role;      /* the signer's programs may act in every role whose rules name the signer and say so too */
};

struct avo_policy_role {
    struct avo_policy_rule rule[AVO_POLICY_RULES_MAX];
    uint32_t rule_count;
};

struct avo_policy_sgx {
    bool allow_smt;              /* PCK says SMT is on */
    bool allow_dynamic_platform; /* PCK says packages may be added */
    bool allow_cet;              /* ATTRIBUTES.CET and MISCSELECT.CPINFO */
    uint64_t xfrm_allowed;       /* bits that may be set */
};

struct avo_policy_tdx {
    bool allow_smt;
    bool allow_dynamic_platform;
    bool require_sept_ve_disable;
    bool allow_perfmon;
    bool allow_lass;
    uint64_t xfam_allowed;
};

/* What is asked of one AMD product. */
struct avo_policy_snp_product {
    uint32_t vmpl;
    bool allow_vlek;
    bool allow_smt;
    bool allow_migrate_ma;
    bool require_single_socket;
    bool require_ciphertext_hiding;
    bool require_alias_check;
    bool require_crl;
    bool allow_provisional_firmware; /* current firmware newer than the committed one */
    uint32_t minimum_abi_major, minimum_abi_minor;
    uint32_t minimum_guest_svn;
    bool has_minimum_tcb;
    uint8_t minimum_tcb[5]; /* bootloader, tee, snp, microcode, fmc */
    uint64_t required_mitigations;
};

struct avo_policy_snp {
    uint32_t products;     /* bit 1 << enum avo_snp_product */
    uint32_t shared_floor; /* the same bits: products whose minimum_tcb is the one for all */
    struct avo_policy_snp_product of[AVO_SNP_PRODUCT_COUNT];
};

struct avo_policy {
    struct avo_policy_cluster cluster;
    bool has_owner;
    uint8_t owner[32]; /* X25519 */
    struct avo_policy_user user[AVO_POLICY_USERS_MAX];
    uint32_t user_count;
    struct avo_policy_role role[AVO_ATTESTED_ROLE_COUNT];
    bool allow_simulated_root;
    char simulated_root[AVO_POLICY_ROOT_BYTES_MAX]; /* PEM, terminated; "" for none */
    uint32_t minimum_tcb_evaluation_number;
    uint32_t tcb_statuses; /* bit 1 << enum avo_tcb_status */
    char advisory[AVO_POLICY_ADVISORIES_MAX][AVO_ADVISORY_BYTES];
    uint32_t advisory_count;
    struct avo_policy_chip chip[AVO_POLICY_CHIPS_MAX]; /* none: every chip */
    uint32_t chip_count;
    struct avo_policy_las las;
    struct avo_policy_sgx sgx;
    struct avo_policy_tdx tdx;
    struct avo_policy_snp snp;
};

/* What `avocado attest verify` applies without --policy: any measurement, vendor roots, no debug, UpToDate, no Milan. */
struct avo_policy avo_policy_default_production(void);

/* Parses a document; `name` is the file's name for reasons ("policy.json:12: ..."). `policy` is large: keep it off the stack.
 * AVO_EFORMAT (does not parse, unknown key, wrong type, out of range) or AVO_EINVAL (accepts nothing, or contradicts itself). */
AVO_MUST_USE enum avo_error avo_policy_parse(struct avo_slice text, const char *name, struct avo_policy *policy,
                                             struct avo_reason *reason);

/* The vendors' roots and the policy's simulated one, for avo_attest_verify. */
AVO_MUST_USE enum avo_error avo_policy_roots(const struct avo_policy *policy, struct avo_roots *roots, struct avo_reason *reason);

#endif
