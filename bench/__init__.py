"""How fast the house is, as ratios: every scenario runs beside its floor, in the same process, in turn (quality E.0).

``make bench`` fills ``var/bench-*`` with volumes once, measures, writes bench/results/*.json and docs/performance.md.
``make bench QUICK=1`` takes under three minutes. Query counts are asserted by the tests as well, because counts do not jitter.
"""
