/* What a program is attested as: by these numbers in evidence, and in the policy's rules. */
#ifndef AVO_BASE_ROLE_H
#define AVO_BASE_ROLE_H

enum avo_attested_role {
    AVO_ATTESTED_ROLE_ANY = 0, /* in questions only: the rules of any role apply */
    AVO_ATTESTED_ROLE_CAS = 1,
    AVO_ATTESTED_ROLE_NODE = 2,
    AVO_ATTESTED_ROLE_LAS = 3,
    AVO_ATTESTED_ROLE_COUNT = 4,
};

#endif
