/** Who announces in a simulation, told once more and as simply as can be: there is one node, and one advertisement for all. */
import type { V1EndpointSlice } from '@kubernetes/client-node'
import type { SpeakerStatus } from '../../crds/generated/types.ts'
import type { SimulatedServer } from './simulated-server.ts'
import { speakerNode, systemNamespace } from './simulation-objects.ts'

/** When nothing has happened for a while. */
export function announcedReason(server: SimulatedServer, key: string): string {
  const slice = server.get<V1EndpointSlice>('endpointslices', `${key}-1`)
  if (!slice?.endpoints?.some(({ conditions }) => conditions?.ready)) return 'NoReadyEndpoints'
  const speaker = server.get<SpeakerStatus>('speakerstatuses', `${systemNamespace}/${speakerNode}`)
  const { phase } = speaker?.status ?? {}
  if (phase === 'Unfit') return 'NodeUnfit'
  return phase === 'Serving' ? 'Announced' : 'NoSpeaker'
}
