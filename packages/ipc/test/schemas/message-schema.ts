const id = { anyOf: [{ type: 'string', maxLength: 64 }, { type: 'integer' }] };
const version = { const: '2.0' };

/** What any request may carry besides the parameters of its method. */
const requestParams = {
  type: 'object',
  properties: {
    traceparent: {
      type: 'string',
      maxLength: 512,
      description: 'W3C Trace Context of the work that the request is a part of. A driver may ignore it.',
    },
  },
};

/** The envelope, as `toMessage` checks it. There are no batches, no positional parameters and no null ids. */
export const MESSAGE = {
  oneOf: [
    {
      title: 'Request',
      type: 'object',
      properties: { jsonrpc: version, id, method: { type: 'string' }, params: requestParams },
      required: ['jsonrpc', 'id', 'method'],
      not: { anyOf: [{ required: ['result'] }, { required: ['error'] }] },
    },
    {
      title: 'Notification',
      type: 'object',
      properties: { jsonrpc: version, method: { type: 'string' }, params: { type: 'object' } },
      required: ['jsonrpc', 'method'],
      not: { anyOf: [{ required: ['id'] }, { required: ['result'] }, { required: ['error'] }] },
    },
    {
      title: 'Result',
      type: 'object',
      properties: { jsonrpc: version, id, result: { type: 'object' } },
      required: ['jsonrpc', 'id', 'result'],
      not: { anyOf: [{ required: ['method'] }, { required: ['error'] }] },
    },
    {
      title: 'Error',
      type: 'object',
      properties: {
        jsonrpc: version,
        id,
        error: {
          type: 'object',
          properties: { code: { type: 'integer' }, message: { type: 'string' }, data: {} },
          required: ['code', 'message'],
        },
      },
      required: ['jsonrpc', 'id', 'error'],
      not: { anyOf: [{ required: ['method'] }, { required: ['result'] }] },
    },
  ],
} as const;
