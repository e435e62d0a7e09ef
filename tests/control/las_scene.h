/* What the tests of LASes begin with: a CAS, two machines under one simulated vendor, three enclaves; policy and verifier are the
 * production ones. */
#ifndef AVO_TESTS_CONTROL_LAS_SCENE_H
#define AVO_TESTS_CONTROL_LAS_SCENE_H

#include "tests/control/machine.h"
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
/* cmocka wants the above. */
#include <cmocka.h>

#define SCENE_NODES 3
#define SCENE_OWNER 10

struct scene {
    struct world world;
    struct avo_key_pair owner_key;
    struct user owner;
    struct node nodes[SCENE_NODES];
    struct avo_text reason;
    char folder[64];
    struct sim_tee *tee1, *tee2; /* the CPUs of machines m1 and m2 */
    struct sim_tee *tee3;        /* of a machine that the policy does not name */
    struct machine m1, m2;
    struct avo_attest_plug plug;
    char policy[SIM_POLICY_BYTES];
};

/* cmocka's setup and teardown. A LAS is wanted of every node; scene_open_free leaves them the choice. */
int scene_open(void **state);
int scene_open_free(void **state);
int scene_close(void **state);

/* The owner verifies the CAS and gives it the policy. */
void scene_upload(struct scene *scene);
/* How often the CAS verified evidence of the vendor for nodes and LASes. */
uint32_t scene_verifications(struct scene *scene);

/* The enclave of `slot`, on the machine's own CPU, joins through its LAS. */
enum avo_steward_phase scene_join(struct scene *scene, uint8_t slot, uint32_t connection, struct machine *machine);
/* The enclave of `slot`, connected before, gives this voucher and is refused with `why` in the reason. */
void scene_refused(struct scene *scene, uint8_t slot, struct avo_slice voucher, const char *why);

#endif
