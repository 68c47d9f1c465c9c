"""The reads of other AWS services that hubposture makes, answered from the same world as Security Hub."""
