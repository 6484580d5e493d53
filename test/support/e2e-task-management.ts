/** Task management that the initiator of this project does not do: LOGICAL UNIT RESET. */
import { once } from 'node:events';
import * as net from 'node:net';
import { pdu } from './iscsi-talk.ts';

const LOGIN_RESPONSE = 0x23;
const TASK_MANAGEMENT_RESPONSE = 0x22;
const HEADER_BYTES = 48;
const LOGICAL_UNIT_RESET = 5;

/** Resets a logical unit over a session of its own. Throws: Error unless it is told complete. */
export async function resetUnit(portal: string, targetName: string, lun: number): Promise<void> {
  const [host, port] = portal.split(':');
  const socket = net.connect(Number(port), host);
  await once(socket, 'connect');
  try {
    const text = ['InitiatorName=iqn.2020-01.test:resets', `TargetName=${targetName}`,
      'SessionType=Normal'].map((pair) => `${pair}\0`).join('');
    // From operational negotiation to the full feature phase.
    socket.write(pdu({ opcode: 0x43, flags: 0x87, tag: 1, words: { 24: 1 },
      at: { 8: Uint8Array.of(0x80, 1, 2, 3, 4, 5) },
      data: new TextEncoder().encode(text) }).bytes);
    const login = await answer(socket, LOGIN_RESPONSE);
    if (login[36] !== 0) throw new Error(`the login was refused: ${login[36]} ${login[37]}`);
    socket.write(pdu({ opcode: 0x42, flags: 0x80 | LOGICAL_UNIT_RESET, tag: 2,
      words: { 20: 0xffff_ffff, 24: 1, 28: 1 }, at: { 8: Uint8Array.of(0, lun) } }).bytes);
    const response = (await answer(socket, TASK_MANAGEMENT_RESPONSE))[2];
    if (response !== 0) throw new Error(`LOGICAL UNIT RESET was told ${response}`);
  } finally {
    socket.destroy();
  }
}

/** The header of the next PDU, which must be of a kind and all there is. */
async function answer(socket: net.Socket, opcode: number): Promise<Buffer> {
  let bytes = Buffer.alloc(0);
  for (;;) {
    const [more] = await once(socket, 'data') as [Buffer];
    bytes = Buffer.concat([bytes, more]);
    if (bytes.length < HEADER_BYTES) continue;
    const dataBytes = bytes.readUIntBE(5, 3);
    if (bytes.length < HEADER_BYTES + Math.ceil(dataBytes / 4) * 4) continue;
    if ((bytes[0]! & 0x3f) === opcode) return bytes;
    throw new Error(`Opcode ${bytes[0]} came instead of ${opcode}`);
  }
}
