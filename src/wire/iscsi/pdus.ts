/** Every PDU by its operation code. Source: RFC 7143 11. */
import type { AnyLayout } from '../../codec/layout.ts';
import { scsiCommand, scsiResponse } from './command.ts';
import { dataIn, dataOut, readyToTransfer } from './data.ts';
import { asyncMessage, reject, snackRequest } from './exceptions.ts';
import { loginRequest, loginResponse } from './login.ts';
import { logoutRequest, logoutResponse } from './logout.ts';
import { nopIn, nopOut } from './nop.ts';
import { OPCODE } from './opcodes.ts';
import { taskManagementRequest, taskManagementResponse } from './task-management.ts';
import { textRequest, textResponse } from './text.ts';

/** Layouts of the basic header segments; undefined for a code that no PDU has. */
export const PDUS: ReadonlyMap<number, AnyLayout> = new Map<number, AnyLayout>([
  [OPCODE.nopOut, nopOut], [OPCODE.nopIn, nopIn],
  [OPCODE.scsiCommand, scsiCommand], [OPCODE.scsiResponse, scsiResponse],
  [OPCODE.taskManagementRequest, taskManagementRequest],
  [OPCODE.taskManagementResponse, taskManagementResponse],
  [OPCODE.loginRequest, loginRequest], [OPCODE.loginResponse, loginResponse],
  [OPCODE.textRequest, textRequest], [OPCODE.textResponse, textResponse],
  [OPCODE.dataOut, dataOut], [OPCODE.dataIn, dataIn],
  [OPCODE.logoutRequest, logoutRequest], [OPCODE.logoutResponse, logoutResponse],
  [OPCODE.snackRequest, snackRequest], [OPCODE.readyToTransfer, readyToTransfer],
  [OPCODE.asyncMessage, asyncMessage], [OPCODE.reject, reject],
]);
