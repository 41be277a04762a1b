import { expect, test } from 'vitest';
import { createMetricsSum } from '../../src/workers/metrics-sum.js';

const POOL = { serving: 2, restarts: 0 };

function text(requests: number, memory: number, inFlight = 0): string {
  return `# HELP registry_http_requests_total Total number of HTTP requests made.
# TYPE registry_http_requests_total counter
registry_http_requests_total{handler="tags",code="200"} ${requests}

# HELP seconds Some { brackets } in "it"
# TYPE seconds histogram
seconds_bucket{le="0.1",path="a } b"} ${requests}
seconds_bucket{le="+Inf",path="a } b"} ${requests}
seconds_sum 0.5
seconds_count ${requests}
# HELP registry_http_in_flight_requests The in-flight HTTP requests.
# TYPE registry_http_in_flight_requests gauge
registry_http_in_flight_requests ${inFlight}
# HELP process_resident_memory_bytes Resident memory size in bytes.
# TYPE process_resident_memory_bytes gauge
process_resident_memory_bytes ${memory}
# HELP outrigger_driver_up 1 while a process of the driver serves calls.
# TYPE outrigger_driver_up gauge
outrigger_driver_up{driver="filesystem"} 1
# HELP outrigger_build_info Always 1.
# TYPE outrigger_build_info gauge
outrigger_build_info{version="1"} 1
`;
}

test('counts are added up, and what belongs to one process has its number', () => {
  const sum = createMetricsSum();
  sum.set(0, text(0, 10));
  sum.set(1, text(3, 20, 1));
  sum.set(2, text(4, 30, 2));
  const lines = sum.text(POOL).split('\n');
  for (const line of [
    'registry_http_requests_total{handler="tags",code="200"} 7',
    'seconds_bucket{le="+Inf",path="a } b"} 7',
    'seconds_sum 1.5',
    'registry_http_in_flight_requests 3',
    'process_resident_memory_bytes{worker="0"} 10',
    'process_resident_memory_bytes{worker="2"} 30',
    'outrigger_driver_up{worker="1",driver="filesystem"} 1',
    'outrigger_build_info{version="1"} 1',
    'outrigger_workers 2',
    'outrigger_worker_restarts_total 0',
  ])
    expect(lines).toContain(line);
  expect(lines.filter((line) => line === '# TYPE seconds histogram')).toHaveLength(1);
});

test('what a worker has counted stays counted when it is gone', () => {
  const sum = createMetricsSum();
  sum.set(1, text(3, 20, 1));
  sum.retire(1);
  sum.retire(1);
  sum.set(1, text(2, 40));
  const lines = sum.text(POOL).split('\n');
  expect(lines).toContain('registry_http_requests_total{handler="tags",code="200"} 5');
  expect(lines).toContain('registry_http_in_flight_requests 0');
  expect(lines).toContain('process_resident_memory_bytes{worker="1"} 40');
});
