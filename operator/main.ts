import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { leaderElectionLease } from '../cdk8s/permissions.ts'
import { type DaemonContext, runDaemon } from '../daemon/run.ts'
import { electLeader } from '../kube/lease.ts'
import { environmentOf, flags, settingsOf } from './flags.ts'
import { Operator } from './operator.ts'

runDaemon({ name: 'operator', flags, settings: settingsOf, start })

async function start(context: DaemonContext<typeof flags>) {
  const { client, clock, log, flags: values } = context
  const environment = environmentOf(values)
  const operator = new Operator({ client, environment, clock, log })
  await operator.start(context.signal)
  const leadership = values['enable-leader-election'] ? campaign(context, operator) : undefined
  if (leadership === undefined) operator.lead()
  context.setReady(undefined) // a stand-by is ready too
  return {
    async stop() {
      await leadership?.stop()
      await operator.stop()
    },
  }
}

function campaign({ client, clock, log, flags: values }: DaemonContext<typeof flags>, operator: Operator) {
  return electLeader({
    client,
    clock,
    log,
    namespace: values['operator-namespace'],
    name: leaderElectionLease,
    identity: `${values['pod-name'] || hostname()}_${randomUUID()}`,
    onStartedLeading: () => operator.lead(),
    onStoppedLeading: () => operator.follow(),
  })
}
