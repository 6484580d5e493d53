import type { ManagementRequest } from '../iscsi/target-output.ts';
import type { ItNexus } from '../sam/command.ts';
import type { LogicalUnit, LogicalUnits } from '../sam/logical-unit.ts';
import { TASK_FUNCTION, TASK_RESPONSE } from '../wire/iscsi/task-management.ts';
import type { Sessions } from './portal-sessions.ts';

/** Carries a task management function out, and returns its response. Source: SAM-5 7. */
export async function manage(
  request: ManagementRequest, nexus: ItNexus, units: LogicalUnits,
  sessions: Sessions): Promise<number> {
  const reachable = units.reachable(nexus);
  switch (request.function) {
    case TASK_FUNCTION.targetWarmReset:
    case TASK_FUNCTION.targetColdReset:
      for (const [lun, unit] of reachable) await reset(lun, unit, sessions);
      return TASK_RESPONSE.complete;
    case TASK_FUNCTION.taskReassign:
      return TASK_RESPONSE.reassignmentNotSupported;
    default:
  }
  const { lun } = request;
  const unit = lun === undefined ? undefined : reachable.get(lun);
  if (unit === undefined || lun === undefined) {
    return request.function <= TASK_FUNCTION.logicalUnitReset
      ? TASK_RESPONSE.lunDoesNotExist : TASK_RESPONSE.functionNotSupported;
  }
  switch (request.function) {
    case TASK_FUNCTION.abortTask:
      return request.droppedCount > 0 || await unit.tasks.abort(nexus, request.referencedTag)
        ? TASK_RESPONSE.complete : TASK_RESPONSE.taskDoesNotExist;
    case TASK_FUNCTION.abortTaskSet:
      await unit.tasks.abortAll(nexus);
      return TASK_RESPONSE.complete;
    case TASK_FUNCTION.clearTaskSet:
      await clearTaskSet(lun, unit, nexus, sessions);
      return TASK_RESPONSE.complete;
    case TASK_FUNCTION.logicalUnitReset:
      await reset(lun, unit, sessions);
      return TASK_RESPONSE.complete;
    default:
      return TASK_RESPONSE.functionNotSupported;
  }
}

/** Other nexuses that lose tasks are told. Source: SAM-5 7.5. */
async function clearTaskSet(
  lun: number, unit: LogicalUnit, nexus: ItNexus, sessions: Sessions): Promise<void> {
  for (const session of sessions.all) {
    const isOther = session !== sessions.find(nexus);
    const hadTasks = unit.tasks.hasTasksOf(session.nexus);
    const droppedCount = session.dropTasks(lun);
    if (isOther && (hadTasks || droppedCount > 0)) {
      unit.attentions.establishFor(session.nexus, 'commandsClearedByAnotherInitiator');
    }
  }
  await unit.tasks.abortAll();
}

/** The unit itself tells every nexus, the one that asked for it as well. Source: SAM-5 6.3.3. */
async function reset(lun: number, unit: LogicalUnit, sessions: Sessions): Promise<void> {
  for (const session of sessions.all) session.dropTasks(lun);
  await unit.tasks.reset();
  unit.reset();
}
