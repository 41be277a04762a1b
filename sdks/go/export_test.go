package outrigger

// Run serves one host on streams.
var Run = run
