module registry-storage-__NAME__

go 1.25

require github.com/outrigger/outrigger/sdks/go v0.1.0
