/* What every object of a kind has on an API server. */
#ifndef POSTFLIGHT_KUBE_SHAPE_H
#define POSTFLIGHT_KUBE_SHAPE_H

#include <cjson/cJSON.h>

#include "kube/resource.h"

/*
 * NULL when OBJECT has the shape of RESOURCE's objects; else the path of the first member that is missing or of another
 * type ("spec.containers"). An answer with status 200 may come from a proxy or a broken server: read as an object, it
 * would be one with defaults everywhere. A resource that decides nothing by itself may have any shape.
 */
const char *pf_shape_lacks(enum pf_resource resource, const cJSON *object);

#endif
