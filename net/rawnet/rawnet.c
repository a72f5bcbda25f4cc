/* The module: the class Socket and the function interfaceIndex. Read rawnet.h first. */
#include "rawnet.h"
#include <net/if.h>
#include <string.h>

/* interfaceIndex(name) */
static napi_value interface_index(napi_env env, napi_callback_info info) {
  struct call call;
  char name[IF_NAMESIZE + 1]; /* one more, so that a name that is too long is not cut to a valid one */
  size_t length;
  if (!read_call(env, info, &call) ||
      napi_get_value_string_utf8(env, call.argument[0], name, sizeof name, &length) != napi_ok)
    return refuse(env, "interfaceIndex(name) takes a string");
  if (strlen(name) != length) return number(env, -ENODEV);
  unsigned index = if_nametoindex(name);
  return index == 0 ? number(env, -errno) : number(env, (int)index);
}

NAPI_MODULE_INIT() {
  napi_value function;
  if (!create_instance(env) || !define_socket(env, exports) ||
      napi_create_function(env, "interfaceIndex", NAPI_AUTO_LENGTH, interface_index, NULL, &function) != napi_ok ||
      napi_set_named_property(env, exports, "interfaceIndex", function) != napi_ok)
    return refuse(env, "rawnet could not be set up");
  return exports;
}
