"""A driver over the objects of Ceph, with the data model of Distribution's old driver `rados`."""
