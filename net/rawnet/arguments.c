/* From JavaScript values to C and back. */
#include "rawnet.h"

napi_value refuse(napi_env env, const char *message) {
  bool pending = false;
  napi_is_exception_pending(env, &pending);
  if (!pending) napi_throw_type_error(env, "ERR_INVALID_ARG_TYPE", message);
  return NULL;
}

napi_value number(napi_env env, int value) {
  napi_value result;
  return napi_create_int32(env, value, &result) == napi_ok ? result : NULL;
}

napi_value outcome(napi_env env, ssize_t result) {
  return number(env, result < 0 ? -errno : (int)result);
}

bool read_call(napi_env env, napi_callback_info info, struct call *call) {
  size_t count = MAX_ARGUMENTS; /* absent arguments are undefined */
  call->socket = NULL;
  return napi_get_cb_info(env, info, &count, call->argument, &call->self, NULL) == napi_ok &&
         napi_get_instance_data(env, (void **)&call->instance) == napi_ok;
}

bool read_method_call(napi_env env, napi_callback_info info, struct call *call) {
  return read_call(env, info, call) && napi_unwrap(env, call->self, (void **)&call->socket) == napi_ok;
}

bool read_int(napi_env env, napi_value value, int *result) {
  return napi_get_value_int32(env, value, result) == napi_ok;
}

bool read_bytes(napi_env env, napi_value value, struct bytes *result) {
  napi_valuetype type;
  bool is_view = false;
  *result = (struct bytes){NULL, 0};
  if (napi_typeof(env, value, &type) != napi_ok) return false;
  if (type == napi_undefined) return true;
  if (napi_is_buffer(env, value, &is_view) != napi_ok || !is_view) return false;
  return napi_get_buffer_info(env, value, &result->start, &result->length) == napi_ok;
}
