/** Operation codes of PDUs. Source: RFC 7143 11.2.1.2. */
export const OPCODE = {
  nopOut: 0x00, scsiCommand: 0x01, taskManagementRequest: 0x02, loginRequest: 0x03,
  textRequest: 0x04, dataOut: 0x05, logoutRequest: 0x06, snackRequest: 0x10,
  nopIn: 0x20, scsiResponse: 0x21, taskManagementResponse: 0x22, loginResponse: 0x23,
  textResponse: 0x24, dataIn: 0x25, logoutResponse: 0x26, readyToTransfer: 0x31,
  asyncMessage: 0x32, reject: 0x3f,
} as const;

/** Bytes of the basic header segment, which every PDU begins with. Source: RFC 7143 11.2.1. */
export const HEADER_BYTES = 48;

/** The value that no task tag has: nothing to refer to. Source: RFC 7143 11.2.1.8. */
export const NO_TAG = 0xffff_ffff;

export const opcodeOf = (header: Uint8Array): number => header[0]! & 0x3f;
export const isImmediate = (header: Uint8Array): boolean => (header[0]! & 0x40) !== 0;
