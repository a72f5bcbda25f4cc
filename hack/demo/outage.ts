import type { Cluster } from '../lab/cluster.ts'
import { askAfresh } from '../lab/metallb.ts'
import { until } from '../lab/wait.ts'

export interface Outage {
  /** From the first question that nobody answered to the first one answered again; 0 when none was lost. */
  gapMillis: number
  asked: number
  lost: number
}

/**
 * A client that asks for the page again and again, each time without remembering who answers ARP.
 * @param cause what is done to the cluster after the first good answer
 * @param settled tells when the consequences are over; the loop then ends with the next good answer
 * @throws WaitError when the page does not come back
 */
export async function watchOutage(
  lab: Cluster,
  address: string,
  cause: () => Promise<void>,
  settled: () => Promise<boolean>,
): Promise<Outage> {
  let asked = 0
  let lost = 0
  let lostSince: number | undefined
  let gapMillis = 0
  const ask = async () => {
    asked += 1
    const begin = performance.now()
    const answered = await askAfresh(lab, address).then(
      ({ status }) => status === 200,
      () => false,
    )
    if (!answered) {
      lost += 1
      lostSince ??= begin
    } else if (lostSince !== undefined) {
      gapMillis = Math.max(gapMillis, performance.now() - lostSince)
      lostSince = undefined
    }
    return answered
  }
  await until('the page answers', ask, { timeoutMillis: 20_000 })
  ;[asked, lost, gapMillis] = [0, 0, 0]
  await cause()
  const askAndJudge = async () => {
    const over = await settled()
    return (await ask()) && over
  }
  await until('the page answers again', askAndJudge, { timeoutMillis: 60_000, intervalMillis: 20 })
  return { gapMillis, asked, lost }
}
